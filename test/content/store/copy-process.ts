/**
 * A process that copies from one layout to another, to be run beside others and to be killed:
 * `node copy-process.ts SOURCE DESTINATION SOURCE-TAG TAG...`. Prints a line for each step of the way.
 */
import { openLayout } from '../../../src/content/store/layout.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';

const [from = '', to = '', image = '', ...tags] = process.argv.slice(2);
const source = await openLayout(from);
const step = (name: string) => process.stdout.write(`${name}\n`);
step('started');
const sink = await openLayout(to, { create: true });
for (const tag of tags) {
  await copyImage({
    source,
    descriptor: await source.resolve(image),
    sink,
    tags: [tag],
    progress: {
      start: (label) => {
        step(label);
        return { advance: () => step(label), done: () => step(label) };
      },
    },
  });
  step(`tagged ${tag}`);
}
await sink.close();
