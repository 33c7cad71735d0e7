// Writes a .br and a .gz beside every file of a folder that gains by it, so a static host can send them as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const WORTH_IT = /\.(html|css|js|mjs|json|svg|md|txt|wasm|webmanifest)$/;

const folder = process.argv[2];
for (const name of readdirSync(folder, { recursive: true })) {
  if (!WORTH_IT.test(name)) continue;
  const file = join(folder, name);
  const plain = readFileSync(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  const twins = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: 9 }) };
  for (const [extension, bytes] of Object.entries(twins)) {
    if (bytes.length < plain.length) writeFileSync(`${file}.${extension}`, bytes);
  }
}
