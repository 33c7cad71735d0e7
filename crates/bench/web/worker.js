// The Web Worker in which the measured module runs, as the site's lab does.
import init, { run } from './kubarium_bench.js';

self.onmessage = async ({ data }) => {
  try {
    await init();
    const tell = (line) => self.postMessage(line);
    run(Number(data.keys), Number(data.puts), data.only ?? '', () => performance.now(), tell);
    self.postMessage('end');
  } catch (error) {
    self.postMessage(`error\t${error}`);
  }
};
