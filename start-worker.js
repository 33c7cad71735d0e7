// Starts the lab's wasm module in the Web Worker. The page hears of an error in a worker, but not of a promise that
// nobody took: so what goes wrong while loading is thrown once more, outside of the promise.
const failed = (error) => setTimeout(() => { throw error; });

// Script and module of the same name are fetched side by side; neither waits for the other.
const load = async (name) => {
  const [script, module_or_path] = await Promise.all([import(`./${name}.js`), fetch(`${name}_bg.wasm`)]);
  await script.default({ module_or_path });
};

load('kubarium-worker').catch(failed);
