// Makes what wasm-bindgen wrote smaller. Usage: node glue.mjs SCRIPT WASM
//
// wasm-bindgen gives every function that crosses the border a long name that ends in a hash, and the two files have to
// agree on these names only with each other: one letter or two do as well. It also exports what a dependency of Leptos
// brings for streams of server functions, of which this site has none. No name here is known from anywhere else.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [script, wasm] = process.argv.slice(2);
const IMPORTS = 2;
const EXPORTS = 7;
// The classes of wasm-streams, and what stands behind them.
const UNUSED = /intounderlying/i;
const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];

/** Reads what a wasm file is made of. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  name() {
    return Buffer.from(this.take(this.number())).toString();
  }
}

const number = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
};
const name = (text) => [...number(text.length), ...Buffer.from(text)];

/** The sections of a module as [id, bytes]. */
function sections(bytes) {
  const reader = new Reader(bytes, 8);
  const found = [];
  while (reader.at < bytes.length) found.push([reader.byte(), reader.take(reader.number())]);
  return found;
}

/** The module with its sections as `change` returns them. */
function rewrite(bytes, change) {
  const parts = [bytes.subarray(0, 8)];
  for (const [id, body] of sections(bytes)) {
    const changed = change(id, body);
    parts.push(Buffer.from([id, ...number(changed.length)]), changed);
  }
  return Buffer.concat(parts);
}

/** What one import says after its two names. */
function described(reader) {
  const start = reader.at;
  const limits = () => {
    const flags = reader.number();
    reader.number();
    if (flags & 1) reader.number();
  };
  const kind = reader.byte();
  if (kind === 0) reader.number();
  else if (kind === 1) (reader.byte(), limits());
  else if (kind === 2) limits();
  else if (kind === 3) reader.take(2);
  else throw new Error(`an import of an unknown kind, ${kind}`);
  return reader.bytes.subarray(start, reader.at);
}

function imports(body) {
  const reader = new Reader(body);
  return Array.from({ length: reader.number() }, () => [reader.name(), reader.name(), described(reader)]);
}

function exports(body) {
  const reader = new Reader(body);
  return Array.from({ length: reader.number() }, () => {
    const called = reader.name();
    const start = reader.at;
    reader.byte();
    reader.number();
    return [called, body.subarray(start, reader.at)];
  });
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const short = (index) => (index < 52 ? "" : LETTERS[Math.floor(index / 52) - 1]) + LETTERS[index % 52];

// Without the exports that nobody calls, what only they need goes too.
const fewer = rewrite(readFileSync(wasm), (id, body) => {
  if (id !== EXPORTS) return body;
  const kept = exports(body).filter(([called]) => !UNUSED.test(called));
  return Buffer.from([...number(kept.length), ...kept.flatMap(([called, what]) => [...name(called), ...what])]);
});
writeFileSync(wasm, fewer);
execFileSync("wasm-opt", [...FEATURES.map((feature) => `--enable-${feature}`), "-Oz", wasm, "-o", wasm]);

const imported = new Map();
const exported = new Map();
let source = "";
const renamed = rewrite(readFileSync(wasm), (id, body) => {
  if (id === IMPORTS) {
    const all = imports(body).map(([from, called, what]) => {
      source = from;
      imported.set(called, short(imported.size));
      return [...name("_"), ...name(imported.get(called)), ...what];
    });
    return Buffer.from([...number(all.length), ...all.flat()]);
  }
  if (id === EXPORTS) {
    const all = exports(body).map(([called, what]) => {
      exported.set(called, short(exported.size));
      return [...name(exported.get(called)), ...what];
    });
    return Buffer.from([...number(all.length), ...all.flat()]);
  }
  return body;
});

// The script is wasm-bindgen's, in its own layout: a declaration begins at the margin, an import eight spaces in.
let text = readFileSync(script, "utf8");
text = text.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "");
text = text.replace(/^export class (\w+) \{\n[^]*?^\}\n(if \(Symbol\.dispose\) .*\n)?/gm, (all, called) => (UNUSED.test(called) ? "" : all));
text = text.replace(/^const (\w+)Finalization = [^]*?;\n/gm, (all, called) => (UNUSED.test(called) ? "" : all));
text = text.replace(/^ {8}(\w+): [^]*?(?=^ {8}\w+: |^ {4}\};)/gm, (all, called) => {
  if (called === "__proto__") return all;
  return imported.has(called) ? all.replace(called, imported.get(called)) : "";
});
text = text.replaceAll(`"${source}"`, '"_"');
text = text.replace(/\bwasm\.(\w+)/g, (all, called) => {
  if (!exported.has(called)) throw new Error(`${script} calls ${called}, which ${wasm} does not export`);
  return `wasm.${exported.get(called)}`;
});
text = text.replace(/^\s+/gm, "");
writeFileSync(wasm, renamed);
writeFileSync(script, text);
