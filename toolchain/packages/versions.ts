/** Versions that the packages source builds, except those pinned by a go.mod or go.sum. */
export const versions = {
  kubernetes: '1.34.4',
  /** Tags that kubeadm of this Kubernetes version asks for. Source: kubeadm/app/constants. */
  kubeadm: { etcd: '3.6.5-0', coredns: 'v1.12.1', pause: '3.10.1' },
  /** The newest of each that the Go module proxy serves. */
  providers: { kubernetes: '1.13.4', helm: '1.3.2' },
  debian: { stable: 'bookworm', go: 'trixie', nginx: 'forky', prometheus: 'forky' },
  /** Used when the machine has no Go of at least this version. */
  go: '1.24',
  node: {
    version: '22.23.3',
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  npm: {
    version: '10.9.9',
    integrity:
      'sha512-1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==',
  },
} as const;
