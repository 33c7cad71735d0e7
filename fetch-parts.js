// Fetches the parts of a wasm module, which share its memory and its table of functions. The build writes in front of this
// which files a part is made of (`parts`), and behind it a loader for each (xtask/src/split.rs).
import start from './module.js';

// Under which names the parts know what they import, and the module exports it. The build may shorten the latter.
const shared = (module) => module;

const fetched = {};
const file = (name, options) => {
  fetched[name] ??= start()
    // A file imports from the one name or, where what the parts share has been gathered, from the other.
    .then(shared)
    .then((module) => WebAssembly.instantiateStreaming(fetch(new URL(name, import.meta.url), options), { __wasm_split: module, console: module }))
    // What did not come is fetched again when it is needed again.
    .catch((error) => {
      delete fetched[name];
      throw new Error(`${name} could not be fetched (${error.message})`);
    });
  return fetched[name];
};

// What waits for a part: the page says itself that it did not come. Of a worker, as in start-worker.js, the page hears only
// of errors outside of promises.
const loader = (part) => (callback, data) => {
  const tell = (came) => start().then((module) => shared(module).__indirect_function_table.get(callback)(data, came));
  Promise.all(parts[part].map((name) => file(name)))
    .then(() => tell(1))
    .catch((error) => (globalThis.document ? tell(0) : setTimeout(() => { throw error; })));
};

// Fetches parts before they are needed: those that the first commands call at once, and when these have come, the others.
// Whether that works does not matter yet.
export const prefetch = async (first, then) => {
  const files = (names, options) => Promise.allSettled(names.flatMap((name) => parts[name]).map((name) => file(name, options)));
  await files(first);
  for (const name of then) await files([name], { priority: 'low' });
};
