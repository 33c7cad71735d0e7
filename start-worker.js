// Starts the lab's wasm module in the Web Worker. The page hears of an error in a worker, but not of a promise that
// nobody took: so what goes wrong while loading is thrown once more, outside of the promise.
const failed = (error) => setTimeout(() => { throw error; });

importScripts('kubarium-worker.js');
wasm_bindgen({ module_or_path: 'kubarium-worker_bg.wasm' }).catch(failed);
