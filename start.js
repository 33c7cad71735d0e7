// Starts the site's wasm module. Its own file, because the Content-Security-Policy allows no inline script; the names of
// the two hashed files are written into the page by Trunk (see Trunk.toml).
const site = document.querySelector('meta[name="kubarium-site"]');
const { default: start } = await import(new URL(site.content, document.baseURI).href);
await start({ module_or_path: new URL(site.dataset.wasm, document.baseURI).href });
