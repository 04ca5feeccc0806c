import { Popover } from 'radix-ui';
import { type KeyboardEvent, type MouseEvent, type Ref, useRef, useState } from 'react';
import { emojiTexts } from '../../text/emoji.ts';
import { useSaid } from '../../text/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import { isTouched } from '../../ui/isTouched.ts';
import { EmojiSections } from './EmojiSections.tsx';
import { EmojiTabs } from './EmojiTabs.tsx';
import { remember } from './emojiAtHand.ts';
import { type Emoji, search } from './emojiSearch.ts';
import { rememberTone, toned, tonePicked } from './emojiTone.ts';
import { SkinToneButton, SkinTones } from './SkinTones.tsx';
import { useEmoji } from './useEmoji.ts';
import { placeIn, useEmojiKeys } from './useEmojiKeys.ts';
import { useEmojiTabs } from './useEmojiTabs.ts';
import { useShownEmoji } from './useShownEmoji.ts';

interface Props {
  label: string;
  align: 'start' | 'end';
  onPick: (emoji: string) => void;
  onCloseAutoFocus: (event: Event) => void;
}

/** The keyboard of a phone would cover the table: there it comes when the field is tapped. */
function keepKeyboardAway(event: Event) {
  if (!isTouched()) return;
  event.preventDefault();
  (event.currentTarget as HTMLElement).focus();
}

/** A finger gives the focus to a button before it presses it. The table stays until then, so that the button finds the history of the browser as it is. */
function waitForPress(event: Event) {
  if (isTouched()) event.preventDefault();
}

/** What floats: a field to search in, and below it what was found, or all emoji. */
export function EmojiFinder({ label, align, onPick, onCloseAutoFocus }: Props) {
  const said = useSaid(emojiTexts);
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const { all, hasFailed } = useEmoji();
  const { groups, isWhole, isSearched } = useShownEmoji(all, text);
  const { current, onScroll, goTo } = useEmojiTabs(list);
  const { reached, toGroup, onKeyDown, onFocus } = useEmojiKeys({ groups, goTo, field, list });
  const [tone, setTone] = useState(tonePicked);
  const [showsTones, setShowsTones] = useState(false);
  const number = groups.reduce((sum, { emoji }) => sum + emoji.length, 0);

  const searchFor = (next: string) => {
    setText(next);
    toGroup(0);
  };
  /** With something to search for the Escape key takes that back, and closes the table only then. */
  const onEscapeKeyDown = (event: globalThis.KeyboardEvent) => {
    if (!text) return;
    event.preventDefault();
    searchFor('');
    field.current?.focus();
  };
  const pick = (emoji: Emoji | undefined) => {
    if (!emoji) return;
    remember(emoji.emoji);
    onPick(toned(emoji, tone));
  };
  const onClick = (event: MouseEvent) => {
    const at = placeIn(event);
    if (at !== undefined) pick(groups.flatMap((group) => group.emoji)[at]);
  };
  return (
    <Popover.Content
      aria-label={label}
      side="top"
      align={align}
      sideOffset={6}
      collisionPadding={8}
      onOpenAutoFocus={keepKeyboardAway}
      onFocusOutside={waitForPress}
      {...{ onCloseAutoFocus, onEscapeKeyDown, onKeyDown, onFocus, onClick }}
      className="z-40 flex h-108 max-h-(--radix-popover-content-available-height) w-[min(21.5rem,calc(100vw-1rem))] animate-rise flex-col rounded-2xl border border-line bg-raised shadow-float outline-none"
    >
      <div className="m-2 mb-1 flex gap-1">
        <SearchField
          ref={field}
          text={text}
          onText={searchFor}
          // What was typed last may not be shown yet.
          onEnter={() => pick(search(all, text)[0])}
        />
        <SkinToneButton tone={tone} isOpen={showsTones} onOpen={setShowsTones} />
      </div>
      {showsTones && (
        <SkinTones
          tone={tone}
          onPick={(next) => {
            setTone(next);
            rememberTone(next);
          }}
        />
      )}
      <p role="status" className={isSearched && number > 0 ? 'sr-only' : 'px-3.5 text-soft'}>
        {hasFailed ? said.failed : isSearched && (number > 0 ? said.number(number) : said.nothing)}
      </p>
      <div
        ref={list}
        data-emoji-list
        onScroll={onScroll}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-2 [scrollbar-gutter:stable]"
      >
        <EmojiSections {...{ groups, reached, tone }} />
      </div>
      <EmojiTabs groups={isWhole ? all : []} current={current} isHidden={isSearched} onPick={toGroup} />
    </Popover.Content>
  );
}

interface FieldProps {
  ref: Ref<HTMLInputElement>;
  text: string;
  onText: (text: string) => void;
  onEnter: () => void;
}

function SearchField({ ref, text, onText, onEnter }: FieldProps) {
  const { search } = useSaid(emojiTexts);
  const onKeyDown = (event: KeyboardEvent) => {
    // An Enter that ends a composition is not for us. Safari tells that by its key code alone.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.keyCode === 229) return;
    // What has the focus next would be pressed by it.
    event.preventDefault();
    onEnter();
  };
  return (
    <div className="relative flex-1">
      <Icon name="search" className="pointer-events-none absolute top-2.75 left-3 size-4.5 text-faint" />
      <input
        ref={ref}
        type="search"
        aria-label={search}
        placeholder={search}
        autoComplete="off"
        enterKeyHint="done"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        className="min-h-10 w-full rounded-xl border border-line bg-surface py-1.5 pr-3 pl-9.5 placeholder:text-faint"
      />
    </div>
  );
}
