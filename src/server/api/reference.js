// Sends one request from the form of this page, with a key that stays in it, and shows what comes back.
const form = document.getElementById("try");
const answer = document.getElementById("answer");
const at = (name) => form.elements.namedItem(name);

for (const button of document.querySelectorAll("[data-try]")) {
  button.addEventListener("click", () => {
    const [method, path] = button.dataset.try.split(" ");
    at("method").value = method;
    at("path").value = path;
    at("body").value = button.dataset.body || "";
    form.scrollIntoView();
    at("path").focus();
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const method = at("method").value;
  const headers = { authorization: `Bearer ${at("key").value.trim()}` };
  const init = { method, headers, credentials: "omit" };
  if (method !== "GET") {
    headers["idempotency-key"] = crypto.randomUUID();
    if (at("body").value.trim()) {
      headers["content-type"] = "application/json";
      init.body = at("body").value;
    }
  }
  answer.textContent = "…";
  try {
    const told = await fetch(`/api/v1${at("path").value}`, init);
    const text = await told.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // It is no JSON: shown as it came.
    }
    answer.textContent = `${told.status} ${told.statusText}\n\n${shown}`;
  } catch (error) {
    answer.textContent = String(error);
  }
});
