import { type CAC, cac } from 'cac';
import { type FamiliarError, toFamiliarError } from '../common/failure.ts';
import { wrongArgument } from './arguments.ts';
import { characters, characterUsage, collect } from './characters.ts';
import { doctor, exitCodes, exportMap, index, similar, stats, watch } from './commands.ts';
import { decisions } from './decisions.ts';
import { duplicates } from './duplicates.ts';
import { share, similarShared } from './share.ts';
import { endWithReader, flushed, report } from './terminal.ts';

/** The commands of `familiar-faces`; the laboratory adds its own (`tools/cli/main.ts`). */
export function createProgram(): CAC {
  const program = cac('familiar-faces');
  program
    .command('index [folder]', 'Index the images of a folder')
    .option('--force', 'Process everything again')
    .example((name) => `${name} index assets/characters`)
    .action(index);
  program
    .command('similar <image>', 'Find images that show the same character')
    .option(
      '--face <n>',
      'Search by the n-th face, numbered as one reads (default: the largest certain one)',
    )
    .option('--weight <w>', '1 is same character, 0 is same feel')
    .option('--limit <k>', 'How many results', { default: 12 })
    .option('--shared', 'Search the shared library that FAMILIAR_FACES_SHARED names')
    .option('--json', 'Print JSON')
    .example((name) => `${name} similar alice.png --folder assets --weight 0.8`)
    .action((image, flags) => (flags.shared === true ? similarShared : similar)(image, flags));
  program
    .command('characters [action] [...args]', 'List who is in the library; name, merge, split …')
    .option('--json', 'Print JSON')
    .option('--merge', 'With name: make one character of two that are to have the same name')
    .option('--dry-run', 'With name-from-paths: only show the names')
    .usage(characterUsage)
    .example((name) => `${name} characters --folder assets --json`)
    .example((name) => `${name} characters name 17 Alice --folder assets`)
    .action(characters);
  program
    .command(
      'decisions <action> [subject]',
      'What people decided: list, export, import, undo, redo',
    )
    .option('--json', 'Print the list as JSON')
    .example((name) => `${name} decisions export decisions.jsonl --folder assets`)
    .example((name) => `${name} decisions import decisions.jsonl --folder assets`)
    .action(decisions);
  program
    .command('collect <who>', 'Copy the pictures of a character into a folder')
    .option('--to <folder>', 'The folder, made when missing')
    .option('--crops', 'Only the heads')
    .option('--captions', 'A text beside each picture: the name, and the words of its path')
    .option('--json', 'Print JSON')
    .example((name) => `${name} collect Alice --to references --crops --folder assets`)
    .action(collect);
  program.command('watch [folder]', 'Index and follow changes until Ctrl-C').action(watch);
  program
    .command('export <file>', 'Write the map from heads to images')
    .option('--format <format>', 'csv, json or coco', { default: 'csv' })
    .example((name) => `${name} export faces.csv --folder assets`)
    .action(exportMap);
  program
    .command('share [folder]', 'Copy faces and vectors, no pictures, into the shared library')
    .option('--name <name>', 'What the folder is called there (default: its own name)')
    .option('--remove', 'Take the folder out of the shared library')
    .example((name) => `FAMILIAR_FACES_SHARED=postgres://host/faces ${name} share assets`)
    .action(share);
  program
    .command('duplicates', 'List files that show one picture, and the best copy of each')
    .option('--json', 'Print JSON')
    .example((name) => `${name} duplicates --folder assets --json`)
    .action(duplicates);
  program
    .command(
      'mcp',
      'Serve the library to assistants over stdin and stdout (Model Context Protocol)',
    )
    .example((name) => `${name} mcp --folder assets`)
    // Loaded only here: other commands need none of the protocol.
    .action(async (flags) => (await import('./mcp.ts')).mcp(flags));
  program
    .command('stats', 'Show what the library holds')
    .option('--json', 'Print JSON')
    .action(stats);
  program
    .command('doctor', 'Check every part, and say how to mend what is wrong')
    .option('--forget-probes', 'Test the graphics hardware again')
    .option('--json', 'Print JSON')
    .action(doctor);
  program
    .option('--folder <folder>', 'The folder of the library (default: the current one)')
    .option('--storage <folder>', 'Where the library is kept')
    .option('--models <folder>', 'Folder with a manifest.json of other models')
    .option('--provider <name>', 'auto, cpu, webgpu, cuda, directml or coreml')
    .option('--speed <speed>', 'background, balanced or fast')
    .option('--include <glob>', 'Only these images, by globs below the folder; may be repeated')
    .option('--exclude <glob>', 'Not these images or folders; may be repeated')
    .option('--follow-symlinks', 'Follow links that lead out of the folder')
    .option('--max-pixels <n>', 'The largest image (width × height) that is read');
  program.help();
  return program;
}

/**
 * Runs what the command line asks for and ends the process with its exit code: 0 done, others as in
 * `exitCodes`. Failures are reported on stderr, one line for what happened and one for the remedy.
 */
export async function runProgram(program: CAC): Promise<never> {
  endWithReader();
  try {
    program.parse(process.argv, { run: false });
    if (program.matchedCommand === undefined && program.options['help'] !== true) {
      const [unknown] = program.args;
      if (unknown !== undefined) {
        throw wrongArgument(`Expected a command as --help shows it, but received "${unknown}".`);
      }
      program.outputHelp();
      process.exitCode = exitCodes.failed;
    } else {
      process.exitCode = Number((await program.runMatchedCommand()) ?? exitCodes.done);
    }
  } catch (error) {
    const { code, message, remedy } = toArgumentError(error);
    report(`${code}: ${message}\n${remedy}`);
    process.exitCode = exitCodes.failed;
  }
  // A pipe takes 64 KiB at a time: what was written must arrive before the process ends.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Native threads of a library that was left in a hurry must not keep the process.
  process.exit();
}

/** What the parser throws is about what was typed. */
function toArgumentError(error: unknown): FamiliarError {
  return error instanceof Error && error.name === 'CACError'
    ? wrongArgument(`Expected a command as --help shows it, but: ${error.message}.`)
    : toFamiliarError(error);
}
