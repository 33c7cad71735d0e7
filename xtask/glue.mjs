// Makes a wasm module and its script smaller than wasm-bindgen wrote them. Usage: node glue.mjs SCRIPT WASM [FETCHES] [PART…]
//
// What goes over the wire counts: the passes of wasm-opt are those after which brotli's result is smallest.
//
// wasm-bindgen gives every function that crosses the border a long name that ends in a hash, and the two files have to
// agree on these names only with each other: one letter or two do as well. It also exports what a dependency of Leptos
// brings for streams of server functions, of which this site has none. No name here is known from anywhere else, unless
// the module has parts: they know its exports. Where the script that fetches them (FETCHES) is given, it hands them over
// by their old names; otherwise all names stay as they are.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [script, wasm, ...rest] = process.argv.slice(2);
const fetches = rest.find((name) => name.endsWith(".js"));
const parts = rest.filter((name) => name !== fetches);
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
const keep = parts.length > 0 && !fetches;
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
if (fetches) writeFileSync(fetches, handing(readFileSync(fetches, "utf8"), named));

// The script with the names that wasm-opt has given what crosses the border, and without what it has taken away.
function shortened(text, { imports, exports }) {
  const imported = new Map(imports.map(([, long, short]) => [long, short]));
  const exported = new Map(exports);
  text = text.replace(/^ {8}(\w+): [^]*?(?=^ {8}\w+: |^ {4}\};)/gm, (all, called) => {
    if (called === "__proto__") return all;
    return imported.has(called) ? all.replace(called, imported.get(called)) : "";
  });
  // All that is imported comes from one place now, the loaders of parts as well.
  const sources = text.match(/^ {8}"\S+": import\d+,$/gm).map((line) => line.trim().slice(1, -1).split('": '));
  const [own, ...others] = sources.map(([source, name]) => {
    const theirs = imports.filter(([from, long]) => from === source && !text.includes(`${long}: `));
    return { name, fields: theirs.map(([, long, short]) => `${short}: ${name}.${long}`) };
  });
  const fields = others.flatMap((other) => other.fields);
  const all = fields.length ? `{ ...${own.name}, ${fields.join(", ")} }` : own.name;
  text = text.replace(/(^ {8}"\S+": import\d+,\n)+/m, `        "a": ${all},\n`);
  text = text.replace(/\bwasm\.(\w+)/g, (all, called) => {
    if (!exported.has(called)) throw new Error(`${script} calls ${called}, which ${wasm} does not export`);
    return `wasm.${exported.get(called)}`;
  });
  // The script's own functions for what crosses the border have such names too.
  const shorter = new Map();
  text = text.replace(/\b[a-z_]\w*[0-9a-f]{16}\w*\b/gi, (long) => {
    if (!shorter.has(long)) shorter.set(long, `$${shorter.size}`);
    return shorter.get(long);
  });
  return text;
}

// The script that fetches the parts, with what the module exports under the names by which the parts import it.
function handing(text, { exports }) {
  const known = new Map(exports);
  const wanted = parts.flatMap((part) => WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(part))));
  const names = new Set(["__indirect_function_table", ...wanted.map(({ name }) => name)]);
  const fields = [...names].map((name) => {
    if (!known.has(name)) throw new Error(`a part imports ${name}, which ${wasm} does not export`);
    return `${name}: module.${known.get(name)}`;
  });
  text = text.replace("(module) => module;", `(module) => ({ ${fields.join(", ")} });`);
  return text.replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, "");
}
