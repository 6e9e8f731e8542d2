import { writeSync } from 'node:fs';
import type { ByteStream } from '../../content/bytes.ts';
import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { formatPlatform } from '../../content/image/platform.ts';
import { type Layer, readLayer } from '../../content/layer/read.ts';
import { readAt } from '../../content/store/file.ts';
import { explainIo } from '../../content/store/io-error.ts';
import { openSpool } from '../../content/store/spool.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import { plain } from '../../facts/plain.ts';
import { entryTypeOf } from './entry.ts';
import { fetchZtoc } from './fetch-ztoc.ts';
import type { SociIndex } from './index-manifest.ts';
import { type ListedEntry, type Listing, lookUp } from './lookup.ts';
import type { PlatformImage } from './platform-images.ts';
import { readFile } from './reader.ts';
import type { Ztoc } from './ztoc.ts';

export interface FileRequest {
  readonly source: ImageSource;
  readonly image: PlatformImage;
  readonly index: SociIndex;
  /** In the image; links are followed. */
  readonly path: string;
  /** Of layers without a zTOC, which are read whole. */
  readonly ratioLimit: number;
  /** Told once of each such layer, before it is read. */
  onWhole?(layer: Descriptor): void;
}

/** A file of an image, as a container would see it. */
export interface OpenFile {
  /** Where it is once links are followed; bytes of any kind. */
  readonly path: Buffer;
  readonly layer: Descriptor;
  /** Spans of the layer; undefined where it has no zTOC and is read whole. */
  readonly spans: number | undefined;
  /** What was fetched of the layer so far. */
  readonly fetched: { readonly spans: number; readonly bytes: number };
  /** Called once. @throws (while iterating) what readFile of the reader and readLayer throw */
  read(): ByteStream;
}

/**
 * Finds a file in an image. Of a layer with a zTOC nothing but that is read; one without is read whole, and only where
 * no layer above it has the file.
 * @throws PullBudgetError `no-such-file`, `not-a-file`, `too-many-links`, what fetchZtoc and readLayer throw
 */
export async function openFile(request: FileRequest): Promise<OpenFile> {
  const { source, image, index, path } = request;
  const ztocs = new Map(index.layers.map(({ layer, ztoc }) => [layer, ztoc]));
  const layers = image.layers.map((layer): Opened => {
    const ztoc = ztocs.get(layer.descriptor.digest);
    return ztoc ? lazyLayer(source, layer.descriptor, ztoc) : wholeLayer(request, layer);
  });
  const found = await lookUp(
    Buffer.from(path),
    layers.map((layer) => layer.list),
  );
  const where = `${source.location} (${formatPlatform(image.platform)})`;
  if (found.kind !== 'file') throw failure(found, path, where);
  if (/\/\.?$/.test(path)) {
    throw inputError('not-a-file', plain(`${JSON.stringify(path)} is not a directory in ${where}`), {
      hint: 'Leave out the slash at the end: it is a file.',
    });
  }
  const opened = layers[found.place.layer] as Opened;
  return {
    path: found.path,
    layer: opened.descriptor,
    spans: opened.spans(),
    fetched: opened.fetched,
    read: () => opened.read(found.place.at),
  };
}

interface Opened {
  readonly descriptor: Descriptor;
  readonly list: () => Promise<Listing>;
  readonly spans: () => number | undefined;
  readonly fetched: { spans: number; bytes: number };
  read(at: number): ByteStream;
}

function lazyLayer(source: ImageSource, descriptor: Descriptor, from: Descriptor): Opened {
  const fetched = { spans: 0, bytes: 0 };
  let ztoc: Ztoc | undefined;
  const open = async (): Promise<Ztoc> => (ztoc ??= await fetchZtoc(source, from, descriptor));
  return {
    descriptor,
    fetched,
    spans: () => ztoc?.spans.length,
    list: async () => {
      const opened = await open();
      return { count: opened.entryCount, entry: (at) => opened.entry(at) };
    },
    async *read(at) {
      const onFetch = (spans: number, bytes: number): void => {
        fetched.spans += spans;
        fetched.bytes += bytes;
      };
      yield* readFile({ source, descriptor, ztoc: await open(), onFetch }, at);
    },
  };
}

/** A layer that is read from its start to its end, so that all of it is verified. */
function wholeLayer({ source, ratioLimit, onWhole }: FileRequest, layer: Layer): Opened {
  const fetched = { spans: 0, bytes: 0 };
  let entries: Promise<ListedEntry[]> | undefined;
  const pass = async (subscriber: {
    entry?(entry: TarEntry): void;
    data?(part: Buffer): void;
  }): Promise<void> => {
    fetched.bytes += layer.descriptor.size;
    await readLayer(source.readBlob(layer.descriptor), layer, { ratioLimit, subscribers: [subscriber] });
  };
  const list = async (): Promise<ListedEntry[]> => {
    const listed: ListedEntry[] = [];
    onWhole?.(layer.descriptor);
    await pass({ entry: (entry) => void listed.push(listedEntry(entry)) });
    return listed;
  };
  return {
    descriptor: layer.descriptor,
    fetched,
    spans: () => undefined,
    list: async () => {
      entries ??= list();
      const listed = await entries;
      return { count: listed.length, entry: (at) => listed[at] as ListedEntry };
    },
    async *read(wanted) {
      // Not a byte is given away before the whole layer is known to be right.
      const { file, path } = await openSpool();
      try {
        let at = -1;
        let size = 0;
        const write = (part: Buffer): void => {
          for (let done = 0; done < part.byteLength; ) done += writeSync(file.fd, part, done);
        };
        await pass({
          entry: () => void at++,
          data: (part) => {
            if (at !== wanted) return;
            try {
              write(part);
            } catch (cause) {
              throw explainIo(cause, path);
            }
            size += part.byteLength;
          },
        });
        yield* readAt(file, 0, size, path);
      } finally {
        await file.close();
      }
    },
  };
}

function listedEntry({ kind, sparseSize, name, linkname }: TarEntry): ListedEntry {
  return { name, type: sparseSize === undefined ? (entryTypeOf[kind] ?? kind) : 'sparse', linkname };
}

const called: Readonly<Record<string, string>> = {
  char: 'a device',
  block: 'a device',
  fifo: 'a pipe',
  sparse: 'a sparse file, whose bytes do not lie in the layer as they are',
};

function failure(
  found: Exclude<Awaited<ReturnType<typeof lookUp>>, { kind: 'file' }>,
  path: string,
  where: string,
): Error {
  const asked = JSON.stringify(path);
  const target = 'path' in found ? JSON.stringify(found.path.toString()) : '';
  const wanted = JSON.stringify(`/${path.split('/').filter(Boolean).join('/')}`);
  const leads = target === '' || target === wanted ? '' : `, which leads to ${target},`;
  switch (found.kind) {
    case 'absent':
      return inputError(
        'no-such-file',
        plain(`${where} has no file ${asked}${leads && ` (it leads to ${target})`}`),
        {
          hint: 'Paths are those that a container sees, from its root on, and case matters.',
        },
      );
    case 'directory':
      return inputError('not-a-file', plain(`${asked}${leads} is a directory in ${where}`), {
        hint: 'Name a file in it.',
      });
    case 'special':
      return inputError(
        'not-a-file',
        plain(`${asked}${leads} is ${called[found.type] ?? 'no file'} in ${where}`),
        {
          hint: 'Only regular files can be read.',
        },
      );
    case 'endless':
      return inputError('too-many-links', plain(`${asked} leads through too many links in ${where}`), {
        hint: 'Links that lead to each other have no end: look at them with a container of the image.',
      });
  }
}
