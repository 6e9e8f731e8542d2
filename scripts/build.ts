/**
 * Compiles the inflater to src/content/gzip/inflate.wasm and bundles src/ into dist/. Both are checked in: an action
 * runs without an install step, and the sources run without a build.
 * `--check` builds into a temp folder and fails if either differs (CI's proof that they are fresh).
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const inflater = 'src/content/gzip/inflate.wasm';

/** AssemblyScript to WASM: no runtime, nothing imported, a memory that never grows (see assembly/memory.ts). */
async function compile(outFile: string): Promise<void> {
  const asc = 'node_modules/assemblyscript/bin/asc.js';
  const options = [
    ...['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--enable', 'simd'],
    ...['--initialMemory', '7', '--maximumMemory', '7'],
  ];
  const source = 'src/content/gzip/assembly/inflate.ts';
  await promisify(execFile)(process.execPath, [asc, source, ...options, '--outFile', outFile]);
}

/** Unminified so that dist/ can be reviewed; split so that a command loads only what it needs. */
async function bundle(outdir: string): Promise<void> {
  const result = await build({
    entryPoints: {
      cli: 'src/cli/main.ts',
      action: 'src/action/main.ts',
      post: 'src/action/post.ts',
      'layer-worker': 'src/content/layer/worker.ts',
      'soci-worker': 'src/stages/soci/worker.ts',
      'scan-worker': 'src/pipeline/scan-worker.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    chunkNames: '[name]-[hash]',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
  });
  // Chunks read it beside themselves, and lie all in one folder.
  await copyFile(inflater, join(outdir, 'inflate.wasm'));
  await writeFile(join(outdir, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(outdir, 'licenses.txt'), await licenses(Object.keys(result.metafile.inputs)));
}

/** The licences of what was bundled, by package. */
async function licenses(inputs: readonly string[]): Promise<string> {
  const packages = new Set(
    inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const texts: string[] = [];
  for (const name of [...packages].sort()) {
    const folder = join('node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(72)}\n\n`);
}

async function contents(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(folder, name), 'latin1')] as const),
    ),
  );
}

async function check(fresh: string): Promise<void> {
  const wasm = join(fresh, 'inflate.wasm');
  await compile(wasm);
  if (!(await readFile(wasm)).equals(await readFile(inflater))) stale(inflater, inflater);
  await bundle(fresh);
  const [want, have] = [await contents(fresh), await contents('dist')];
  const differ = [...new Set([...want.keys(), ...have.keys()])].filter(
    (name) => want.get(name) !== have.get(name),
  );
  if (differ.length > 0) stale(`dist/ (${differ.join(', ')})`, 'dist/');
}

function stale(what: string, commit: string): void {
  console.error(`${what} is stale.\nRun npm run build and commit ${commit}.`);
  process.exitCode = 1;
}

if (process.argv.includes('--check')) {
  const fresh = await mkdtemp(join(tmpdir(), 'pull-budget-dist-'));
  try {
    await check(fresh);
  } finally {
    await rm(fresh, { recursive: true });
  }
} else {
  await compile(inflater);
  await rm('dist', { recursive: true, force: true });
  await bundle('dist');
}
