import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';

/** A text of a view that stands in the query of its address, so that it is there again after a reload, and for whoever comes back. */
export function useInAddress(name: string): [string, (text: string) => void] {
  const { search } = useLocation();
  const navigate = useNavigate();
  const [text, setText] = useState(() => new URLSearchParams(search).get(name) ?? '');
  // Whoever goes to the view that they look at has the text still: `search` has it written again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the browser's own address is ahead of the router's
  useEffect(() => {
    const params = new URLSearchParams(location.search);
    if ((params.get(name) ?? '') === text) return;
    if (text) params.set(name, text);
    else params.delete(name);
    try {
      navigate({ search: String(params) }, { replace: true });
    } catch {
      // A browser may refuse more than a hundred changes in half a minute. A later one has all of the text.
    }
  }, [name, text, search]);
  return [text, setText];
}
