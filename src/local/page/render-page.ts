import { escapeHtml } from './escape.ts';

const STYLE = `
body{font:15px/1.55 system-ui,sans-serif;margin:0;color:#1f2328;background:#fff}
header{background:#f6f8fa;border-bottom:1px solid #d1d9e0;padding:14px 0}
header>*,main{max-width:960px;margin:0 auto;padding:0 20px}
a{color:#0969da;text-decoration:none}a:hover{text-decoration:underline}
h1{font-size:24px;font-weight:500;margin:24px 0 8px}h1 small{color:#59636e;font-weight:300}
.state{display:inline-block;border-radius:2em;padding:3px 12px;color:#fff;background:#1a7f37;font-size:13px}
.state.closed{background:#82071e}.state.merged{background:#8250df}
.label{display:inline-block;border:1px solid #d1d9e0;border-radius:2em;padding:0 8px;font-size:12px;margin-left:4px}
.card{border:1px solid #d1d9e0;border-radius:6px;margin:16px 0;overflow:hidden}
.card>.top{background:#f6f8fa;border-bottom:1px solid #d1d9e0;padding:8px 16px;color:#59636e;font-size:13px}
.card>.text{padding:4px 16px;overflow-x:auto}
.text img{max-width:100%;border:1px solid #d1d9e0}
table{border-collapse:collapse;margin:12px 0}th,td{border:1px solid #d1d9e0;padding:5px 12px;text-align:left;vertical-align:top}
pre{background:#f6f8fa;padding:12px;border-radius:6px;overflow:auto}code{font:13px ui-monospace,monospace}
:not(pre)>code{background:#eff1f3;border-radius:4px;padding:1px 5px}
blockquote{border-left:4px solid #d1d9e0;margin:0;padding:0 14px;color:#59636e}
.level1{margin-left:20px}.level2{margin-left:40px}.level3,.level4{margin-left:60px}
.good{color:#1a7f37}.bad{color:#82071e}.meta{color:#59636e;font-size:13px}
`;

/** One whole page. `body` is HTML that was escaped where it was made. */
export function renderPage(title: string, crumb: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><header><div>${crumb}</div></header><main>${body}</main></body></html>
`;
}

/** A page shows pictures from here only, runs nothing and sits in no frame. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
