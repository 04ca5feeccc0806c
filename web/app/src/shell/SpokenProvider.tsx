import { type ReactNode, useEffect, useState } from 'react';
import { usePreference } from '../lib/preferences.ts';
import { en } from '../text/en.ts';
import { type Spoken, SpokenContext, textsOf } from '../text/index.ts';

/** The texts of the language that is preferred, for all below. Nothing is shown until they are there. */
export function SpokenProvider({ children }: { children: ReactNode }) {
  const language = usePreference((value) => value.language);
  const [spoken, setSpoken] = useState<Spoken | undefined>(language === 'en' ? { language, texts: en } : undefined);
  useEffect(() => {
    let isWanted = true;
    textsOf(language).then(
      (texts) => isWanted && setSpoken({ language, texts }),
      () => isWanted && setSpoken({ language: 'en', texts: en }),
    );
    return () => {
      isWanted = false;
    };
  }, [language]);
  return spoken && <SpokenContext value={spoken}>{children}</SpokenContext>;
}
