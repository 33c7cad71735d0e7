// Makes a wasm module and its script smaller than wasm-bindgen wrote them. Usage: node glue.mjs SCRIPT WASM [PART…]
//
// What goes over the wire counts: the passes of wasm-opt are those after which brotli's result is smallest.
//
// wasm-bindgen gives every function that crosses the border a long name that ends in a hash, and the two files have to
// agree on these names only with each other: one letter or two do as well. It also exports what a dependency of Leptos
// brings for streams of server functions, of which this site has none. No name here is known from anywhere else, unless
// the module has parts: they and the script that fetches them know its exports, and the names stay as they are.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [script, wasm, ...parts] = process.argv.slice(2);
const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];
// The classes of wasm-streams, and what stands behind them.
const UNUSED = "intounderlying";

const options = [
  ...FEATURES.map((feature) => `--enable-${feature}`),
  `--remove-exports=*${UNUSED}*`,
  // What lies below 1024 is the far end of the stack; no pointer leads there.
  "--low-memory-unused",
  // Made for size by the compiler already. These passes make fewer bytes of it, of which brotli then makes more.
  ...["local-cse", "simplify-locals", "inlining-optimizing"].map((pass) => `--skip-pass=${pass}`),
  "-Os",
  // wasm-bindgen leaves the functions sorted by size; those of one Rust module are more alike.
  "--reorder-functions-by-name",
  "--strip-debug",
  "--strip-producers",
];
// What it says beside its result is about names of things that it strips; an error holds it all the same.
const how = { encoding: "utf8", stdio: "pipe" };
const shrink = (module, ...more) => execFileSync("wasm-opt", [...options, ...more, module, "-o", module], how);
parts.forEach((part) => shrink(part));
const keep = parts.length > 0;
const named = keep ? void shrink(wasm) : JSON.parse(shrink(wasm, "--minify-imports-and-exports-and-modules"));

// The script is wasm-bindgen's, in its own layout: a declaration begins at the margin, an import eight spaces in.
const unused = (called) => called.toLowerCase().includes(UNUSED);
let text = readFileSync(script, "utf8");
text = text.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "");
text = text.replace(/^export class (\w+) \{\n[^]*?^\}\n(if \(Symbol\.dispose\) .*\n)?/gm, (all, called) => (unused(called) ? "" : all));
text = text.replace(/^const (\w+)Finalization = [^]*?;\n/gm, (all, called) => (unused(called) ? "" : all));
// Nobody starts a module synchronously.
text = text.replace(/^function initSync\(.*\n[^]*?^\}\n/m, "").replace("initSync, ", "");
if (named) text = shortened(text, named);
text = text.replace(/^\s+/gm, "");
writeFileSync(script, text);

// The script with the names that wasm-opt has given what crosses the border, and without what it has taken away.
function shortened(text, { imports, exports }) {
  const [source] = imports[0] ?? [];
  const imported = new Map(imports.map(([, long, short]) => [long, short]));
  const exported = new Map(exports);
  text = text.replace(/^ {8}(\w+): [^]*?(?=^ {8}\w+: |^ {4}\};)/gm, (all, called) => {
    if (called === "__proto__") return all;
    return imported.has(called) ? all.replace(called, imported.get(called)) : "";
  });
  text = text.replaceAll(`"${source}"`, '"a"');
  text = text.replace(/\bwasm\.(\w+)/g, (all, called) => {
    if (!exported.has(called)) throw new Error(`${script} calls ${called}, which ${wasm} does not export`);
    return `wasm.${exported.get(called)}`;
  });
  // The script's own functions for what crosses the border have such names too.
  const own = new Map();
  text = text.replace(/\b[a-z_]\w*[0-9a-f]{16}\w*\b/gi, (long) => {
    if (!own.has(long)) own.set(long, `$${own.size}`);
    return own.get(long);
  });
  return text;
}
