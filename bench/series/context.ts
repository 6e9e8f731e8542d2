/** The folder that a release is built from: Dockerfile, requirements.txt, the application and its model. The same each time. */
import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, open, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Release } from './releases.ts';

/** Releases come a week apart, the first one then. */
const firstRelease = Date.UTC(2026, 0, 5, 9);
const week = 7 * 24 * 3600 * 1000;

const modelBytes = 48 * 2 ** 20;

/** Writes the context. All of its files have the release's time, as after a fresh clone. */
export async function writeContext(folder: string, release: Release): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const time = new Date(firstRelease + week * Number(release.tag.slice(1)));
  const files = new Map([
    ['Dockerfile', dockerfile(release)],
    ['requirements.txt', `${release.requirements.join('\n')}\n`],
    ...appFiles(release.app),
  ]);
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(join(folder, 'model'), { recursive: true });
  await writeModel(join(folder, 'model', 'model.safetensors'), release.model);
  for (const name of [...files.keys(), 'app/routes', 'app', 'model/model.safetensors', 'model']) {
    await utimes(join(folder, name), time, time);
  }
}

/** As people write it who have not thought of layers: the model is shipped twice, by COPY and by chown. */
export function dockerfile({ base, packages }: Release): string {
  return `FROM localhost/${base}
ENV PYTHONUNBUFFERED=1 PIP_BREAK_SYSTEM_PACKAGES=1
RUN apt-get update && apt-get upgrade -y && apt-get install -y --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/run/secrets/pip --mount=type=secret,id=ca,target=/run/secrets/ca PIP_CONFIG_FILE=/run/secrets/pip pip install -r requirements.txt
COPY . .
RUN useradd --system --no-create-home serving && chown -R serving /srv
USER serving
EXPOSE 8000
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]
`;
}

const topics =
  'accounts alerts carts catalogue embeddings features health orders ranking search sessions users'.split(
    ' ',
  );

/** Path and text of the application's files. Each version edits a few modules; from version 5 on one has another name. */
export function appFiles(version: number): [path: string, text: string][] {
  const named = topics.map((topic) => (topic === 'carts' && version >= 5 ? 'baskets' : topic));
  return [
    ['app/__init__.py', `__version__ = "1.${version}.0"\n`],
    ['app/main.py', mainModule(named)],
    ...named.map((topic, at): [string, string] => [
      `app/routes/${topic}.py`,
      // Module `at` was edited last in the newest version that it is congruent with.
      routeModule(topic, version - ((version + 12 - at) % 3)),
    ]),
    ['app/routes/__init__.py', ''],
    [
      'model/labels.json',
      `${JSON.stringify(Object.fromEntries(topics.map((topic, at) => [topic, at])), null, 2)}\n`,
    ],
  ];
}

function mainModule(topics: readonly string[]): string {
  return `from fastapi import FastAPI

from app.routes import ${topics.join(', ')}

app = FastAPI(title="serving")
${topics.map((topic) => `app.include_router(${topic}.router, prefix="/${topic}", tags=["${topic}"])`).join('\n')}
`;
}

function routeModule(topic: string, edit: number): string {
  const item = `${topic[0]?.toUpperCase()}${topic.slice(1)}Item`;
  const handlers = ['read', 'list', 'score', 'explain'].map(
    (verb) => `
@router.get("/${verb}/{key}")
async def ${verb}_${topic}(key: str, limit: int = ${20 + edit}) -> list[${item}]:
    """Answers ${verb} of ${topic}; the ${edit}. wording of this."""
    with duration.labels("${topic}", "${verb}").time():
        rows = await store.${verb}("${topic}", key, limit=limit)
    return [${item}(key=row["key"], score=float(row["score"]), tags=row.get("tags", [])) for row in rows]
`,
  );
  return `from fastapi import APIRouter
from prometheus_client import Histogram
from pydantic import BaseModel

router = APIRouter()
duration = Histogram("${topic}_seconds", "How long ${topic} takes", ["topic", "verb"])
store = None


class ${item}(BaseModel):
    key: str
    score: float = 0.0
    tags: list[str] = []

${handlers.join('\n')}`;
}

/** Writes a model in the safetensors format: bfloat16 weights, which compress as trained ones do (to about 3/4). */
async function writeModel(path: string, version: number): Promise<void> {
  const header = Buffer.from(
    JSON.stringify({
      weight: { dtype: 'BF16', shape: [modelBytes / 2048, 1024], data_offsets: [0, modelBytes] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  const key = createHash('sha256').update(`model ${version}`).digest();
  const random = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const highBytes = Uint8Array.from({ length: 256 }, (_, at) => signAndExponent(at));
  const chunk = Buffer.alloc(1 << 20);
  await using file = await open(path, 'w');
  await file.write(Buffer.concat([length, header]));
  for (let written = 0; written < modelBytes; written += chunk.byteLength) {
    const weights = random.update(chunk);
    for (let at = 1; at < weights.byteLength; at += 2) weights[at] = highBytes[weights[at] ?? 0] ?? 0;
    await file.write(weights);
  }
}

/** The high byte of a bfloat16 whose size falls off as that of weights around zero does: half are in the first binade. */
function signAndExponent(random: number): number {
  const sign = random & 0x80;
  const below = Math.clz32((random & 0x7f) | 1) - 25;
  return sign | (0x3d - below);
}
