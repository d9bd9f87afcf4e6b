import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';

/** Goes to another page, unless the caller is no longer shown: a late response must not take users away from where they are. */
export function useNavigate(): (path: string) => void {
  const { route } = useLocation();
  const isGone = useRef(false);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  return (path) => {
    if (!isGone.current) route(path);
  };
}
