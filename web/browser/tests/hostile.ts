/** Texts that would do something, were they more than texts: each would set `hit`. */
export const HOSTILE = [
  '<script>globalThis.hit = 1</script>',
  '<img src=x onerror="globalThis.hit = 1">',
  '<svg/onload=globalThis.hit=1>',
  '[click](javascript:globalThis.hit=1)',
  '[click](data:text/html,<script>alert(1)</script>)',
  'javascript:globalThis.hit=1',
  '**<b onmouseover=globalThis.hit=1>bold</b>**',
  '`<script>globalThis.hit=1</script>`',
  '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '"><img src=x onerror=globalThis.hit=1>',
  '</p></div><script>globalThis.hit=1</script>',
  '{{constructor.constructor("globalThis.hit=1")()}}',
  '[<img src=x onerror=globalThis.hit=1>](https://example.org)',
  'https://example.org/"onmouseover="globalThis.hit=1',
  '@<img src=x onerror=globalThis.hit=1>',
];

/** What nothing on a page is that was not there before. */
export const STRANGE = 'img:not([src="/icon.svg"]), script:not([src^="/assets/"]), iframe, svg[onload], [onerror], [onmouseover], [srcdoc]';
