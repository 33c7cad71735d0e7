// Starts the worker and hands its lines to the server, which prints them. The page's own address says how much to do.
const report = (line) => fetch(`report?${encodeURIComponent(line)}`);

const worker = new Worker('worker.js', { type: 'module' });
worker.onmessage = ({ data }) => report(data);
worker.onerror = ({ message }) => report(`error\t${message}`);
worker.postMessage(Object.fromEntries(new URLSearchParams(location.search)));
