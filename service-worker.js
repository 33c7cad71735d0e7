// Keeps the site on this machine, so that it opens without a network. The build writes in front of this its own name
// (`build`) and the files to keep (`files`): what every visit needs, and all notes (xtask/src/offline.rs).
//
// Pages and content are asked for anew whenever there is a network: nobody reads an old page because of this. What lies in
// a folder or file whose name holds a hash never changes, and is taken from here first.
const scope = new URL('./', self.location).href;
const ours = `kubarium ${scope} `;
const name = ours + build;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(files.map((file) => new URL(file, scope).href))));
});

// No tab of an earlier build is open any more when this one takes over.
self.addEventListener('activate', (event) => {
  const old = (key) => key.startsWith(ours) && key !== name;
  event.waitUntil(caches.keys().then((keys) => Promise.all(keys.filter(old).map((key) => caches.delete(key)))));
});

const fetched = async (cache, request) => {
  const response = await fetch(request);
  // A redirected answer may not be shown for another address than its own.
  if (response.ok && !response.redirected) await cache.put(request, response.clone()).catch(() => {});
  return response;
};

const answer = async (request) => {
  const cache = await caches.open(name);
  const kept = () => cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (/^(site|style|start|worker)-/.test(request.url.slice(scope.length))) return (await kept()) ?? fetched(cache, request);
  try {
    return await fetched(cache, request);
  } catch (error) {
    // The site's router finds its way from any page.
    const page = request.mode === 'navigate' ? await cache.match(scope) : undefined;
    const found = (await kept()) ?? page;
    if (found) return found;
    throw error;
  }
};

self.addEventListener('fetch', (event) => {
  if (event.request.method === 'GET' && event.request.url.startsWith(scope)) event.respondWith(answer(event.request));
});
