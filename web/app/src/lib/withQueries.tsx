import { type ComponentType, lazy } from 'react';

/** A view that is loaded when it is wanted, together with what it asks the server by: the page begins without both. */
export function withQueries<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  return lazy(async () => {
    const [{ default: View }, { Queries }] = await Promise.all([load(), import('./Queries.tsx')]);
    // biome-ignore lint/correctness/noComponentHookFactories: it is made once, with the module that it comes from
    const Whole: ComponentType<P> = (props) => (
      <Queries>
        <View {...props} />
      </Queries>
    );
    return { default: Whole };
  });
}
