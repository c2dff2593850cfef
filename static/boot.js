// Starts the page: loads the workbench's WebAssembly, and hands it what only the page can do.
//
// In: the tables in #assets (plain name -> file). Out: `globalThis.lab`, the running workbench in #app, or a
// sentence and a reload button there. No rule of a lesson or of the engine is here.

const root = new URL("./", import.meta.url);
const assets = JSON.parse(document.getElementById("assets").textContent);
const app = document.getElementById("app");
const fallback = app.querySelector(".boot");

const fileOf = (key) => {
  if (!Object.hasOwn(assets, key)) throw new Error(`the site has no ${key}`);
  return new URL(assets[key], root).href;
};

// The engine is compiled once and each worker gets the compiled module: a new worker starts in milliseconds.
let compiled;
const compileEngine = (priority) => {
  compiled ??= WebAssembly.compileStreaming(fetch(fileOf("engine.wasm"), { priority })).catch((error) => {
    compiled = undefined; // so that the next call tries again
    throw error;
  });
  return compiled;
};

globalThis.lab = {
  /** The address of a file by its plain name: "course.bin", "lessons/n-plus-one.lesson". */
  asset: fileOf,
  /** Imports a script by its plain name: "editor.js". */
  importModule: (key) => import(fileOf(key)),
  /** A new worker that runs the engine. Rejects if a file cannot be loaded; may be called again. */
  async spawnEngine() {
    const module = await compileEngine("high");
    const worker = new Worker(fileOf("engine-boot.js"), { type: "module", name: "engine" });
    worker.postMessage({ module, script: fileOf("engine.js") });
    return worker;
  },
};

function showFailure(error) {
  console.error(error);
  fallback.querySelector(".boot-reason").textContent = String(error?.message ?? error);
  document.documentElement.dataset.boot = "failed";
  app.replaceChildren(fallback);
}

fallback.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  location.reload();
});

// The workbench cannot go on after a trap: without this its last picture would stay, deaf to every click.
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) showFailure(error);
});
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) showFailure(reason);
});

try {
  const workbench = await import(fileOf("web.js"));
  await workbench.default({ module_or_path: fileOf("web.wasm") });
  document.documentElement.dataset.boot = "started";
} catch (error) {
  showFailure(error);
}

// On a lesson the engine will be needed soon: load it when nothing else is to do, unless data is dear.
const isLesson = document.getElementById("prose").dataset.slug !== "";
if (isLesson && !navigator.connection?.saveData) {
  const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  whenIdle(() => compileEngine("low").catch((error) => console.warn("engine:", error)), { timeout: 2000 });
}
