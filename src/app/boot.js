(async () => {
  const { script, wasm } = document.currentScript.dataset;
  const compiled = fetch(wasm);
  const parsed = new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  const built = await import(script);
  await built.default({ module_or_path: compiled });
  await parsed;
  built.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) {
    island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
    await built[island.dataset.component](island);
  }
  document.documentElement.dataset.awake = "";
})();
