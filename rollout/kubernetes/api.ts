import type { ApiException, CoordinationV1Api, CoreV1Api } from '@kubernetes/client-node';
import { reasonOf as reasonOfAny } from '../../contracts/reason';

/** The parts of the Kubernetes API that rollouts need. */
export interface KubernetesApi {
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
}

// By its fields: importing the class would load the whole client, 0.9 s without a bundle.
const isApiException = (error: unknown): error is ApiException<unknown> =>
  error instanceof Error && 'code' in error && 'body' in error && 'headers' in error;

const hasCode = (error: unknown, code: number) => isApiException(error) && error.code === code;

const isNotFound = (error: unknown): boolean => hasCode(error, 404);
export const isConflict = (error: unknown): boolean => hasCode(error, 409);

/** The object, or undefined if it does not exist. */
export async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Why something failed, in one line; of the API client's errors, what the API server says. */
export function reasonOf(error: unknown): string {
  if (!isApiException(error)) return reasonOfAny(error);
  const { body } = error;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
