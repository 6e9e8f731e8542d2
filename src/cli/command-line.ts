import { loadSettings } from '../config/file.ts';
import { readSettings } from '../config/read.ts';
import { onlyThese } from '../config/settings.ts';
import { exitCodes } from '../content/error.ts';
import { tool } from '../facts/tool.ts';
import { parseArguments, type Request } from './arguments.ts';
import { settingsTaken } from './commands.ts';
import { complaint, failureOf } from './complaint.ts';
import { helpOf, helpOfAll } from './help.ts';
import { Interruption } from './interruption.ts';
import { createContext, createOutput, type Surroundings } from './terminal.ts';

/** How a call speaks, as far as that is known by the time it fails. */
interface Voice {
  verbose: boolean;
  json: boolean;
  /** Whether its document is on standard output already: there is never a second one. */
  hasShown: boolean;
  readonly secrets: Set<string>;
}

/** Runs what the arguments ask for; everything that can go wrong ends as a message and an exit code. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  // Somebody who reads JSON reads it also where the arguments are what is wrong.
  const voice: Voice = {
    verbose: false,
    json: args.includes('--json'),
    hasShown: false,
    secrets: new Set(),
  };
  try {
    const request = parseArguments(args);
    switch (request.kind) {
      case 'version':
        stdout.write(`${tool.name} ${tool.version}\n`);
        return exitCodes.pass;
      case 'help':
        stdout.write(request.command ? helpOf(request.command) : helpOfAll());
        return exitCodes.pass;
      case 'nothing':
        // A script whose variable is empty must not pass a gate by reading help.
        stderr.write(helpOfAll());
        return exitCodes.input;
      case 'command':
        voice.verbose = request.flags.verbose;
        voice.json = request.flags.json;
        return await runCommand(request, surroundings, voice);
    }
  } catch (error) {
    const failure = failureOf(error, voice.secrets);
    stderr.write(
      error instanceof Interruption ? `${error.message}\n` : complaint(error, voice.verbose, voice.secrets),
    );
    if (voice.json && !voice.hasShown) stdout.write(`${JSON.stringify(failure, null, 2)}\n`);
    return failure.error.exitCode;
  }
}

/**
 * An interrupted command fails with the signal's Interruption, whatever its own work made of the abort, unless
 * that is how it is meant to end.
 */
async function runCommand(
  { command, written, flags, positionals }: Extract<Request, { kind: 'command' }>,
  surroundings: Surroundings,
  voice: Voice,
): Promise<number> {
  const taken = settingsTaken(command);
  // A command without settings reads no file: it works where that is broken.
  const settings =
    taken.size > 0 ? onlyThese(await loadSettings('flag', written), taken) : readSettings('flag', {});
  const interruption = Interruption.listen();
  try {
    const { run } = await command.load();
    const output = createOutput(surroundings, flags.json);
    const code = await run({
      settings,
      written,
      flags,
      positionals,
      context: createContext(surroundings, flags.quiet, interruption.signal, voice.secrets),
      output: {
        ...output,
        show: (result, text) => {
          voice.hasShown = true;
          output.show(result, text);
        },
      },
    });
    if (!command.untilInterrupted) interruption.signal.throwIfAborted();
    return code;
  } catch (error) {
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    interruption.stop();
  }
}
