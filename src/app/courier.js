// What the page of a delivery person gains with scripts: a signature that is drawn goes into the form's own file field, and
// the phone's camera reads the buyer's code into the field for it. It stands in this page alone: within the WebAssembly of
// all pages it would make every one of them an eighth heavier.
(() => {
  // In pixels of the page: how wide a line is, and how long all lines together are at least, for a touch is no signature.
  const WIDTH = 2.5, LEAST = 40;
  // How many dots a pixel has at most.
  const FINEST = 3;

  for (const pad of document.querySelectorAll(".signature")) {
    const input = document.getElementById(pad.dataset.field);
    const paper = pad.querySelector("canvas"), status = pad.querySelector("[role=status]");
    const pen = paper.getContext("2d");
    let at = null, drawn = 0;

    // White paper in both themes, with all dots of the screen.
    const layOut = () => {
      const fine = Math.min(devicePixelRatio, FINEST);
      paper.width = paper.clientWidth * fine;
      paper.height = paper.clientHeight * fine;
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, paper.width, paper.height);
      pen.lineCap = "round";
    };
    const place = (event) => {
      const corner = paper.getBoundingClientRect();
      return { x: event.clientX - corner.left - paper.clientLeft, y: event.clientY - corner.top - paper.clientTop };
    };
    const lineTo = (to) => {
      // The paper may have become wider or narrower since: what was drawn was stretched with it.
      const across = paper.width / paper.clientWidth, down = paper.height / paper.clientHeight;
      pen.lineWidth = WIDTH * across;
      pen.beginPath();
      pen.moveTo(at.x * across, at.y * down);
      pen.lineTo(to.x * across, to.y * down);
      pen.stroke();
      drawn += Math.hypot(to.x - at.x, to.y - at.y);
      at = to;
    };
    // As if the picture had been chosen there. It is done at once, before the button can be pressed.
    const handIn = () => {
      const bytes = Uint8Array.from(atob(paper.toDataURL().split(",")[1]), (letter) => letter.charCodeAt(0));
      const hand = new DataTransfer();
      hand.items.add(new File([bytes], "signature.png", { type: "image/png" }));
      input.files = hand.files;
      status.textContent = "Signed: it goes along as a picture.";
    };

    paper.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      // A pen that leaves the paper goes on.
      paper.setPointerCapture(event.pointerId);
      if (drawn === 0) layOut();
      at = place(event);
      lineTo(at);
    });
    paper.addEventListener("pointermove", (event) => at && event.isPrimary && lineTo(place(event)));
    for (const end of ["pointerup", "pointercancel"]) {
      paper.addEventListener(end, (event) => {
        if (!at || !event.isPrimary) return;
        at = null;
        if (drawn >= LEAST) handIn();
      });
    }
    pad.querySelector("button").addEventListener("click", () => {
      layOut();
      drawn = 0;
      input.value = status.textContent = "";
    });
    // Another picture was chosen instead.
    input.addEventListener("change", () => (status.textContent = ""));
    pad.hidden = false;
  }

  const PAUSE_MS = 200, MOST_LOOKS = 150;
  const pause = () => new Promise((done) => setTimeout(done, PAUSE_MS));

  for (const scan of document.querySelectorAll(".scan")) {
    const input = document.getElementById(scan.dataset.field);
    const button = scan.querySelector("button"), video = scan.querySelector("video"), status = scan.querySelector("[role=status]");
    const words = button.textContent;
    let looking = false;

    const show = (on) => {
      looking = on;
      video.hidden = !on;
      button.textContent = on ? "Stop" : words;
    };
    // Looks until a code is seen, the reader stops it, or it was long enough.
    const look = async () => {
      const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      try {
        video.srcObject = camera;
        await video.play();
        const reader = new BarcodeDetector({ formats: ["qr_code"] });
        for (let looks = 0; looking && looks < MOST_LOOKS; looks++) {
          // Before its first picture has come there is nothing to look at.
          const codes = await reader.detect(video).catch(() => []);
          const code = codes.map((one) => one.rawValue).find((text) => /^[0-9]{6}$/.test(text));
          if (code) return code;
          if (codes.length) status.textContent = "This is another code: ask for the one for the delivery.";
          await pause();
        }
      } finally {
        for (const track of camera.getTracks()) track.stop();
        video.srcObject = null;
      }
    };
    button.addEventListener("click", async () => {
      status.textContent = "";
      if (looking) return show(false);
      show(true);
      let said;
      try {
        const code = await look();
        if (code) {
          input.value = code;
          // The button that sends it: going to the field would put the keyboard over it.
          input.form.querySelector("button:not([type])").focus();
        }
        said = code ? "The code was read." : "No code was seen. Try again, or type it.";
      } catch {
        said = "The camera cannot be used. Please type the code.";
      }
      // Who stopped it need not be told.
      if (looking) status.textContent = said;
      show(false);
    });
    addEventListener("pagehide", () => show(false));
    const able = async () => navigator.mediaDevices && "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
    able().then((able) => (scan.hidden = !able), () => {});
  }
})();
