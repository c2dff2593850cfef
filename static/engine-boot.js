// A worker's first script: waits for the compiled engine from the page (boot.js) and starts it.
addEventListener("message", async ({ data: { module, script } }) => {
  try {
    const engine = await import(script);
    await engine.default({ module_or_path: module });
  } catch (error) {
    reportError(error); // a rejected promise alone would not reach the page's `onerror`
  }
}, { once: true });
