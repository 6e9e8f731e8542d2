import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inputError } from '../../../src/content/error.ts';
import { writeAt } from '../../../src/content/store/file.ts';
import { explainIo } from '../../../src/content/store/io-error.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { writeOciArchive } from '../../../src/content/store/oci-archive.ts';
import { scratch } from './sample-image.ts';

test('a disk that is full is the infrastructure’s fault, and the error says where', async () => {
  // The kernel’s own full disk: https://man7.org/linux/man-pages/man4/full.4.html
  await using full = await open('/dev/full', 'r+');
  await expect(writeAt(full, Buffer.from('bytes'), 0, '/srv/layout/ingest/x')).rejects.toMatchObject({
    code: 'disk-full',
    kind: 'infrastructure',
    message: expect.stringContaining('/srv/layout'),
    cause: expect.objectContaining({ code: 'ENOSPC' }),
  });
});

test('a folder that may not be written to is the user’s matter', async () => {
  // Nobody, root included, can make files there.
  await expect(openLayout('/sys/kernel/layout', { create: true })).rejects.toMatchObject({
    code: 'no-access',
    kind: 'input',
  });
});

test('a path through a file, or through nothing, is said', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'file'), '');
  for (const path of [join(folder, 'file', 'image.tar'), join(folder, 'none', 'image.tar')]) {
    await expect(writeOciArchive(path)).rejects.toMatchObject({
      code: 'bad-path',
      kind: 'input',
      message: expect.stringContaining(path),
    });
  }
});

test('an error that explains itself stays as it is, and one that nobody knows is infrastructure', () => {
  const known = inputError('x', 'y');
  expect(explainIo(known, '/a')).toBe(known);
  expect(explainIo(Object.assign(new Error('i/o error'), { code: 'EIO' }), '/a')).toMatchObject({
    kind: 'infrastructure',
    code: 'disk-failed',
    message: '/a: i/o error',
  });
});
