import { StartError } from '../errors';

/** A file that only damage explains. */
export function malformed(got: string, expected: string): StartError {
  return new StartError('ensemble-malformed', {
    what: 'model.onnx holds a damaged tree ensemble',
    got,
    expected,
    fix: 'Train and package the model again.',
  });
}
