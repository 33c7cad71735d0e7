// Fetches the parts of the console's module, which share its memory and its table of functions. The build writes in front
// of this which files a part is made of (`parts`), and behind it a loader for each (xtask/src/console.rs).
import start from './kubarium-console.js';

const fetched = {};
const file = (name, options) => {
  fetched[name] ??= start()
    // A file imports from the one name or, where what the parts share has been gathered, from the other.
    .then((console) => WebAssembly.instantiateStreaming(fetch(new URL(name, import.meta.url), options), { __wasm_split: console, console }))
    // What did not come is fetched again when it is needed again.
    .catch((error) => {
      delete fetched[name];
      throw new Error(`${name} could not be fetched (${error.message})`);
    });
  return fetched[name];
};

// What a program that is called waits for. As in start-worker.js, the page hears only of errors outside of promises.
const loader = (part) => (callback, data) => {
  Promise.all(parts[part].map((name) => file(name)))
    .then(start)
    .then((console) => console.__indirect_function_table.get(callback)(data, 1))
    .catch((error) => setTimeout(() => { throw error; }));
};

// Fetches parts before they are needed: those that the first commands call at once, and when these have come, the others.
// Whether that works does not matter yet.
export const prefetch = async (first, then) => {
  const files = (names, options) => Promise.allSettled(names.flatMap((name) => parts[name]).map((name) => file(name, options)));
  await files(first);
  for (const name of then) await files([name], { priority: 'low' });
};
