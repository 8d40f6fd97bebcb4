import type { LeaderRecord, LeaderStore } from '../../../rollout/controller/leadership';

/** A Lease in memory that several share. */
export class MemoryLeader {
  record: LeaderRecord | undefined;
  revision = 0;

  /** The Lease as one process sees it; `fault` is called before each operation, and throws to make it fail. */
  store(fault: (operation: 'read' | 'write') => void = () => undefined): LeaderStore {
    return {
      read: async () => {
        fault('read');
        return Promise.resolve(this.record && { record: this.record, revision: String(this.revision) });
      },
      write: async (revision, record) => {
        fault('write');
        const current = this.record === undefined ? undefined : String(this.revision);
        if (revision !== current) return Promise.resolve(undefined);
        this.record = record;
        this.revision += 1;
        return Promise.resolve(String(this.revision));
      },
    };
  }
}
