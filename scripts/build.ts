/**
 * Bundles src/ into dist/, which is checked in: an action runs without an install step.
 * `--check` builds into a temp folder and fails if dist/ differs (CI's proof that it is fresh).
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Unminified so that dist/ can be reviewed; split so that a command loads only what it needs. */
async function bundle(outdir: string): Promise<void> {
  const result = await build({
    entryPoints: {
      cli: 'src/cli/main.ts',
      action: 'src/action/main.ts',
      post: 'src/action/post.ts',
      'layer-worker': 'src/content/layer/worker.ts',
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
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

if (process.argv.includes('--check')) {
  const fresh = await mkdtemp(join(tmpdir(), 'pull-budget-dist-'));
  try {
    await bundle(fresh);
    const [want, have] = [await contents(fresh), await contents('dist')];
    const stale = [...new Set([...want.keys(), ...have.keys()])].filter(
      (name) => want.get(name) !== have.get(name),
    );
    if (stale.length > 0) {
      console.error(`dist/ is stale: ${stale.join(', ')}\nRun npm run build and commit dist/.`);
      process.exitCode = 1;
    }
  } finally {
    await rm(fresh, { recursive: true });
  }
} else {
  await rm('dist', { recursive: true, force: true });
  await bundle('dist');
}
