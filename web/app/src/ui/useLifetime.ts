import { useEffect, useRef } from 'react';

/** A signal that is aborted once the component is gone: what a dialog has begun is not tried again after one has closed it. */
export function useLifetime(): () => AbortSignal {
  const controller = useRef(new AbortController());
  useEffect(() => {
    const own = new AbortController();
    controller.current = own;
    return () => own.abort();
  }, []);
  return () => controller.current.signal;
}
