import { afterAll, beforeAll } from '@jest/globals';
import { published } from './published';
import { removeLeftovers } from './published/leftovers';

beforeAll(removeLeftovers);
afterAll(removeLeftovers);

published();
