import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  VersionApi,
} from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import { errors } from '../errors';

export interface Kubernetes {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly coordination: CoordinationV1Api;
  readonly version: VersionApi;
}

/**
 * Clients for one context of a kubeconfig file.
 * @throws UserError clusterMissing, contextMissing
 */
export function connect(name: string, kubeconfig: string, context?: string): Kubernetes {
  if (!existsSync(kubeconfig)) throw errors.clusterMissing(name);
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map((each) => each.name);
    if (!known.includes(context)) throw errors.contextMissing(context, known);
    config.setCurrentContext(context);
  }
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    version: config.makeApiClient(VersionApi),
  };
}

const hasCode = (error: unknown, code: number) =>
  error instanceof ApiException && (error as ApiException<unknown>).code === code;

export const isNotFound = (error: unknown): boolean => hasCode(error, 404);
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

/** A short reason from an error of the API client. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiException) {
    const body = (error as ApiException<unknown>).body;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    try {
      return (JSON.parse(text) as { message?: string }).message ?? text;
    } catch {
      return text;
    }
  }
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (error instanceof Error) {
    return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
  }
  return String(error);
}
