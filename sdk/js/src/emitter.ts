// Events with their types, and no more than that.

export class Emitter<Events> {
  private readonly listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** Calls `listener` for each event of this name. The answer ends that. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all);
    all.add(listener);
    return () => all.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      guarded(() => (listener as (value: Events[Name]) => void)(value));
    }
  }
}

/** What somebody else's function throws is theirs to see, and does not stop what called it. */
export function guarded(what: () => void): void {
  try {
    what();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
