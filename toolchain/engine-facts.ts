import { thisHost, type Engine, type Host } from './engine';

/** What an engine says of the machine that its containers run on, which may be a virtual one. */
export interface EngineFacts {
  readonly memoryBytes: number;
  /** Resources that nodes need and this user's containers cannot limit; empty unless rootless. */
  readonly undelegated: readonly string[];
}

interface DockerInfo {
  readonly MemTotal?: number;
  readonly SecurityOptions?: readonly string[];
  readonly CgroupVersion?: string;
  readonly CpuCfsQuota?: boolean;
  readonly MemoryLimit?: boolean;
  readonly PidsLimit?: boolean;
}

interface PodmanInfo {
  readonly host?: {
    readonly memTotal?: number;
    readonly cgroupVersion?: string;
    readonly cgroupControllers?: readonly string[] | null;
    readonly security?: { readonly rootless?: boolean };
  };
}

/** Undefined when the engine does not say. */
export function engineFacts({ binary, env }: Engine, host: Host = thisHost): EngineFacts | undefined {
  const answer = host.ask(binary, ['info', '--format', '{{json .}}'], env);
  if (answer?.ok !== true) return undefined;
  try {
    // Warnings follow.
    const info: unknown = JSON.parse(answer.output.slice(0, answer.output.lastIndexOf('}') + 1));
    return binary === 'docker' ? ofDocker(info as DockerInfo) : ofPodman(info as PodmanInfo);
  } catch {
    return undefined;
  }
}

function ofDocker(info: DockerInfo): EngineFacts {
  const rootless = (info.SecurityOptions ?? []).some((each) => each.includes('rootless'));
  const can = { cpu: info.CpuCfsQuota, memory: info.MemoryLimit, pids: info.PidsLimit };
  const missing = Object.entries(can).flatMap(([name, possible]) => (possible === false ? [name] : []));
  return {
    memoryBytes: info.MemTotal ?? Infinity,
    undelegated: rootless ? [...(info.CgroupVersion === '2' ? [] : ['cgroup v2']), ...missing] : [],
  };
}

function ofPodman({ host = {} }: PodmanInfo): EngineFacts {
  const controllers = host.cgroupControllers ?? [];
  const missing = ['cpu', 'memory', 'pids'].filter((each) => !controllers.includes(each));
  return {
    memoryBytes: host.memTotal ?? Infinity,
    undelegated:
      host.security?.rootless !== true ? [] : host.cgroupVersion === 'v2' ? missing : ['cgroup v2'],
  };
}
