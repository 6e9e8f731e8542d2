/**
 * The main job from edge to edge, on real input: two releases of a real image (this machine's Node runtime, real
 * node_modules, an app) are made without a Dockerfile, the first is pushed to a registry on loopback, the second
 * gets a SOCI index and is run through the gate against it. One budget fails: that is the point. Then the index is
 * verified, and a file of the pushed image is read through it. At last both are re-laid, and the same budget holds
 * (demo-relayer.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveLayout } from '../src/content/registry/server.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { report as reportSchema } from '../src/facts/report.ts';
import { formatBytes } from '../src/facts/units.ts';
import { summaryMarkdown } from '../src/stages/report/summary.ts';
import { makeImage, type Recipe, runtimeFiles, treeFiles } from './demo-image.ts';
import { demoRelayer } from './demo-relayer.ts';

const folder = '.demo';
const packages = ['typescript', 'esbuild', '@esbuild', 'zod', 'undici', 'yaml', 'vite', 'rolldown', '@babel'];

const app = (version: string): string => `import { createServer } from 'node:http';
import { z } from 'zod';

const query = z.object({ name: z.string().max(80) });
createServer((request, response) => {
  const { name } = query.parse(Object.fromEntries(new URL(request.url, 'http://localhost').searchParams));
  response.end(JSON.stringify({ hello: name, version: '${version}' }));
}).listen(8000);
`;

/** What most Dockerfiles come to: system, runtime, all dependencies in one layer, the app. */
async function recipe(version: string, dependencies: readonly string[]): Promise<Recipe> {
  return {
    layers: [
      {
        createdBy: 'COPY node /usr/local/bin/node # the runtime and its libraries',
        files: await runtimeFiles(),
      },
      {
        createdBy: 'RUN npm ci',
        files: (
          await Promise.all(
            dependencies.map((name) => treeFiles(join('node_modules', name), `app/node_modules/${name}`)),
          )
        ).flat(),
      },
      {
        createdBy: 'COPY server.js /app/',
        files: [{ path: 'app/server.js', content: Buffer.from(app(version)) }],
      },
    ],
    config: {
      Cmd: ['/usr/local/bin/node', '/app/server.js'],
      WorkingDir: '/app',
      ExposedPorts: { '8000/tcp': {} },
    },
  };
}

/** Runs the built command line as a user would. @throws Error where it ends with another code */
async function pullBudget(args: readonly string[], expected = 0): Promise<void> {
  console.log(`\n$ pull-budget ${args.map((arg) => (/[\s<]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const child = spawn(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== expected) throw new Error(`${args[0]} ended with ${code}, not with ${expected}`);
}

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
console.log('Making two releases of an image from the Node runtime and node_modules …');
const images = await openLayout(join(folder, 'image'), { create: true });
for (const [version, dependencies] of [
  ['1.0', packages],
  // One dependency more, one line of code changed.
  ['1.1', [...packages, 'fast-check']],
] as const) {
  const { bytes, unpackedBytes } = await makeImage(images, version, await recipe(version, dependencies));
  console.log(`  ${version}: ${formatBytes(bytes)} compressed, ${formatBytes(unpackedBytes)} unpacked`);
}
await images.close();

await (await openLayout(join(folder, 'registry'), { create: true })).close();
const server = await serveLayout({ layout: join(folder, 'registry') });
try {
  const name = `${server.host}/demo/app`;
  await pullBudget(['copy', `oci:${folder}/image:1.0`, `${name}:1.0`]);
  const report = join(folder, 'report.json');
  const budgets = ['size <= 200 MB', 'delta <= 5 MB', 'pull-time[embedded] <= 60 s'];
  // The budget on delta fails.
  await pullBudget(
    [
      ...['run', `oci:${folder}/image:1.1`, '--push', '--tags', `${name}:1.1`, '--soci', 'v2'],
      ...['--baseline', `${name}:1.0`, '--scratch', folder, '--report', report],
      ...budgets.flatMap((budget) => ['--budgets', budget]),
    ],
    1,
  );
  const summary = join(folder, 'summary.md');
  await writeFile(summary, summaryMarkdown(reportSchema.parse(JSON.parse(await readFile(report, 'utf8')))));
  await pullBudget(['verify', `${name}:1.1`]);
  await pullBudget(['cat', `${name}:1.1`, '/app/node_modules/zod/LICENSE']);
  const relaid = await demoRelayer({ folder, server, pullBudget });
  const relaidSummary = join(folder, 'relaid-summary.md');
  await writeFile(relaidSummary, summaryMarkdown(relaid));
  console.log(`\nThe first run ended with exit code 1, as planned: one more dependency ships the whole layer of dependencies again.
Re-laid, the same budget holds.
  ${summary}   what the action writes into the step summary; re-laid ${relaidSummary}
  ${report}  the whole report as JSON
  ${folder}/image        the two releases as an OCI layout: npx pull-budget inspect oci:${folder}/image:1.1
  ${folder}/registry     the registry's layout: npx pull-budget serve ${folder}/registry`);
} finally {
  await server.close();
}
