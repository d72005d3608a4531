#!/usr/bin/env node
import { cac } from 'cac';
import { type FamiliarError, toFamiliarError } from '../base/failure.ts';
import { wrongArgument } from './arguments.ts';
import { bench } from './bench.ts';
import { doctor, exitCodes, exportMap, index, similar, stats, watch } from './commands.ts';
import { evaluate } from './evaluate.ts';
import { sample } from './sample.ts';
import { share, similarShared } from './share.ts';
import { endWithReader, flushed, report } from './terminal.ts';

const program = cac('familiar-faces');

program
  .command('index [folder]', 'Index the images of a folder')
  .option('--force', 'Process everything again')
  .example((name) => `${name} index assets/characters`)
  .action(index);
program
  .command('similar <image>', 'Find images that show the same character')
  .option('--face <n>', 'Search by the n-th face, from left to right (default: the largest)')
  .option('--weight <w>', '1 is same character, 0 is same feel')
  .option('--limit <k>', 'How many results', { default: 12 })
  .option('--shared', 'Search the shared library that FAMILIAR_FACES_SHARED names')
  .option('--json', 'Print JSON')
  .example((name) => `${name} similar alice.png --folder assets --weight 0.8`)
  .action((image, flags) => (flags.shared === true ? similarShared : similar)(image, flags));
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
  .command('stats', 'Show what the library holds')
  .option('--json', 'Print JSON')
  .action(stats);
program
  .command('doctor', 'Check every part, and say how to mend what is wrong')
  .option('--json', 'Print JSON')
  .action(doctor);
program
  .command('sample <folder>', 'Draw a sample library with known characters')
  .option('--characters <n>', 'How many characters', { default: 12 })
  .option('--images <n>', 'How many images', { default: 120 })
  .option('--seed <n>', 'Another seed draws other pictures', { default: 1 })
  .action(sample);
program
  .command('eval', 'Measure the models on labelled pictures')
  .option('--data <folder>', 'Labelled pictures (default: ../shared/eval)')
  .option('--limit <n>', 'At most so many pictures of every split and set')
  .option('--json', 'Print JSON')
  .option('--write', 'Write EVALUATION.md beside the models; a full run does so by itself')
  .example((name) => `${name} eval --data labelled --limit 100`)
  .action(evaluate);
program
  .command('bench', 'Measure speed and memory, as ratios within one run')
  .option(
    '--only <parts>',
    'Of throughput, rescan, search and shared, with commas (default: the first three)',
  )
  .option('--images <n>', 'Pictures drawn for the throughput', { default: 120 })
  .option('--rounds <n>', 'Rounds of the throughput', { default: 5 })
  .option('--files <list>', 'Files of the libraries that are opened again', { default: '10000' })
  .option('--faces <list>', 'Faces of the libraries searched', { default: '10000,100000,300000' })
  .option('--write <file>', 'Write the report there as well')
  .example((name) => `${name} bench --only search --faces 1000000`)
  .action(bench);
program
  .option('--folder <folder>', 'The folder of the library (default: the current one)')
  .option('--storage <folder>', 'Where the library is kept')
  .option('--models <folder>', 'Folder with a manifest.json of other models')
  .option('--provider <name>', 'auto, cpu, webgpu, cuda, directml or coreml')
  .option('--speed <speed>', 'background, balanced or fast');
program.help();

/** What the parser throws is about what was typed. */
function toFailure(error: unknown): FamiliarError {
  return error instanceof Error && error.name === 'CACError'
    ? wrongArgument(`Expected a command as --help shows it, but: ${error.message}.`)
    : toFamiliarError(error);
}

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
  const { code, message, remedy } = toFailure(error);
  report(`${code}: ${message}\n${remedy}`);
  process.exitCode = exitCodes.failed;
}
// A pipe takes 64 KiB at a time: what was written must arrive before the process ends.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Native threads of a library that was left in a hurry must not keep the process.
process.exit();
