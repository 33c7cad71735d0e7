// The Web Worker in which the measured module runs, as the site's lab does.
import init, { run, run_kubernetes } from './kubarium_bench.js';

self.onmessage = async ({ data }) => {
  try {
    await init();
    const tell = (line) => self.postMessage(line);
    const [large, number] = data.nodes ? [data.nodes, data.pods] : [data.keys, data.puts];
    const bench = data.nodes ? run_kubernetes : run;
    bench(Number(large), Number(number), data.only ?? '', () => performance.now(), tell);
    self.postMessage('end');
  } catch (error) {
    self.postMessage(`error\t${error}`);
  }
};
