import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const repository = z.object({ full_name: z.string() });

/** A head that cannot be read is nobody's known code: as good as a fork's. */
const head = repository.nullish().catch(null);

/** What an event's payload says about where the code comes from; of a fork that is gone `repo` is null. */
const event = z.object({
  repository: repository.optional().catch(undefined),
  pull_request: z
    .object({ head: z.object({ repo: head }) })
    .optional()
    .catch({ head: { repo: null } }),
  workflow_run: z.object({ head_repository: head }).optional().catch({ head_repository: null }),
});

/**
 * The name of the fork that the event is about; undefined where the code is the repository's own.
 * Judged by where the head is, not by the event's name: `pull_request_target` and `workflow_run` bring secrets
 * to a fork's code. A repository that is itself a fork is nobody's fork in its own pull requests.
 * https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
 */
export function forkOf(payload: unknown): string | undefined {
  const parsed = event.safeParse(payload);
  if (!parsed.success) return undefined;
  const { repository: own, pull_request: pull, workflow_run: run } = parsed.data;
  const heads = [...(pull ? [pull.head.repo] : []), ...(run ? [run.head_repository] : [])];
  return heads
    .map((head) => head?.full_name ?? 'a deleted fork')
    .find((name) => name.toLowerCase() !== own?.full_name.toLowerCase());
}

/** The payload that the runner wrote for this job; {} where there is none. */
export async function readEvent(environment: NodeJS.ProcessEnv): Promise<unknown> {
  const path = environment.GITHUB_EVENT_PATH;
  if (!path) return {};
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return {};
  }
}
