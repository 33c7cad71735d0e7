// Starts the wasm modules of the Web Worker: the lab's first, and when that runs, the one with the learner's machine. What
// the page has named the worker tells which lab it is: one of etcd alone, or one with Kubernetes (`-kubernetes`). The
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

// Then what runs the first line that is typed, and what is called less often, one part after the other
// (xtask/src/split.rs). When something is called before it has come, it is fetched for that.
const prefetch = async () => {
  if (navigator.connection?.saveData) return;
  const { prefetch } = await import('./kubarium-console_parts.js');
  if (self.name) prefetch(['shell', 'kubectl'], ['etcdctl', 'admin', 'tools', 'programs']);
  else prefetch(['shell', 'etcdctl'], ['tools', 'programs']);
};

load(`kubarium-worker${self.name}`)
  .then(() => load('kubarium-console'))
  .then((script) => { machine = script; })
  .then(prefetch)
  .catch(failed);
