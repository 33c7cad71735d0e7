// Starts the wasm modules of the Web Worker: the lab's first, and when that runs, the one with the learner's machine. The
// page hears of an error in a worker, but not of a promise that nobody took: so what goes wrong while loading is thrown
// once more, outside of the promise.
const failed = (error) => setTimeout(() => { throw error; });

// Script and module of the same name are fetched side by side; neither waits for the other.
const load = async (name) => {
  const [script, module_or_path] = await Promise.all([import(`./${name}.js`), fetch(`${name}_bg.wasm`)]);
  await script.default({ module_or_path });
  return script;
};

// How the lab asks the machine; it has no answer until the machine is there (crates/worker, `ask_console`).
let machine;
globalThis.askConsole = (question) => machine?.answer(question);

// The page names the worker after the modules that its world needs: `-kubernetes`, or nothing for one of etcd alone.
load(`kubarium-worker${self.name}`)
  .then(() => load(`kubarium-console${self.name}`))
  .then((script) => { machine = script; })
  .catch(failed);
