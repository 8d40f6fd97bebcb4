import { describe, expect, it } from '@jest/globals';

import { startTestServer } from '../../../model-server/testing/app';
import { MANY_TYPES, TYPED_INPUTS, manyTypesRequest } from '../../../model-server/testing/many-types';

const PATH = '/v2/models/many-types/infer';

interface Answer {
  readonly outputs: readonly { name: string; datatype: string; shape: number[]; data: unknown[] }[];
}

const server = await startTestServer({ changes: MANY_TYPES });

const response = await server.infer(manyTypesRequest(), {}, PATH);

describe('a model of every datatype', () => {
  it.each(TYPED_INPUTS)('returns $datatype as sent', ({ name, datatype, columns, values }) => {
    const { outputs } = response.json<Answer>();
    expect(outputs.find((output) => output.name === `${name}_out`)).toEqual({
      name: `${name}_out`,
      datatype,
      shape: columns === 1 ? [2] : [2, 2],
      data: values,
    });
  });
});
