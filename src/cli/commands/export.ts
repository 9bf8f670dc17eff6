/** `streamtrain export`: the model of a checkpoint in the format of another program. */
import { type Command, Option } from 'commander';
import { exportFormats, exportModel, type ExportFormat } from '../../export/index.ts';
import type { Bind } from '../context.ts';
import { modelSources, openModel } from '../model-source.ts';
import { list } from '../values.ts';

interface ExportFlags {
  format: ExportFormat;
  to: string;
  classes?: string[];
  withoutImputer?: boolean;
}

/** Adds its flags, its help and what it does to the command. */
export function exportCommand(command: Command, bind: Bind): void {
  command
    .argument('<model-folder>', 'checkpoints, or a saved model')
    .addOption(
      new Option('--format <kind>', 'the format to write').choices(exportFormats).makeOptionMandatory(),
    )
    .requiredOption('--to <folder>', 'where to write; it holds nothing yet')
    .option('--classes <names>', 'what the classes are called, class 0 first, with commas between', list)
    .option(
      '--without-imputer',
      'leave the imputer out, which keras and tfjs cannot hold: for rows without gaps',
    )
    .addHelpText(
      'after',
      `\n${modelSources}\n` +
        '\nScalers and imputer of the training are inside what is written: raw rows go in.\n' +
        '\nExamples:\n  $ streamtrain export checkpoints/cancer --format saved-model --to elsewhere/cancer-tf --classes benign,malignant\n' +
        '  $ streamtrain export checkpoints/cancer --format onnx --to elsewhere/cancer-onnx\n',
    )
    .action(
      bind<ExportFlags>(async (context, [place = ''], flags) => {
        const { format, to, classes, withoutImputer = false } = flags;
        await using model = await openModel(place, context);
        const written = await exportModel(model.source, {
          ...{ format, to, withoutImputer },
          ...(classes && { classes }),
        });
        const { folder, files, features, outputs, rows } = written;
        context.output.result(
          { ...written, version: model.version },
          `Exported ${model.version} as ${format} to ${folder}: ${files.join(', ')}` +
            `\nRows of ${features} values in ${rows} go in, ${outputs === 1 ? 'one value comes' : `${outputs} values come`} out.`,
        );
      }),
    );
}
