/** One style sheet for every page: GitHub's colours and measures, no picture, no font of its own. */
export const STYLE = `
:root{--text:#1f2328;--soft:#59636e;--line:#d1d9e0;--wash:#f6f8fa;--link:#0969da;--good:#1a7f37;--bad:#d1242f;--merged:#8250df;--wait:#9a6700}
*{box-sizing:border-box}
body{font:14px/1.5 -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;margin:0;color:var(--text);background:#fff}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header{background:var(--wash);border-bottom:1px solid var(--line)}
header .bar{display:flex;align-items:center;gap:8px;max-width:1216px;margin:0 auto;padding:14px 24px 10px;font-size:15px}
header .bar .who{margin-left:auto;font-size:13px;color:var(--soft)}
header .bar b a{color:var(--text)}
nav{max-width:1216px;margin:0 auto;padding:0 24px;display:flex;gap:4px;overflow-x:auto}
nav a{padding:8px 10px;color:var(--text);border-bottom:2px solid transparent;white-space:nowrap}
nav a[aria-current]{border-bottom-color:#fd8c73;font-weight:600}
main{max-width:1216px;margin:0 auto;padding:16px 24px 64px}
h1{font-size:26px;font-weight:400;margin:12px 0 8px}h1 .number{color:var(--soft);font-weight:300}
h2{font-size:20px;margin:24px 0 8px}h3{font-size:16px;margin:16px 0 8px}
.state{display:inline-flex;border-radius:2em;padding:4px 12px;color:#fff;background:var(--good);font-weight:500}
.state.closed{background:var(--bad)}.state.merged,.state.done{background:var(--merged)}.state.draft{background:var(--soft)}
.label{display:inline-block;border:1px solid rgba(31,35,40,.15);border-radius:2em;padding:0 8px;font-size:12px;font-weight:500;line-height:20px;margin:0 2px}
.count{background:rgba(129,139,152,.12);border-radius:2em;padding:0 6px;font-size:12px}
.soft{color:var(--soft)}.small{font-size:12px}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.box{border:1px solid var(--line);border-radius:6px;margin:16px 0;overflow:hidden}
.box>.top{background:var(--wash);border-bottom:1px solid var(--line);padding:8px 16px;display:flex;gap:6px;align-items:center;flex-wrap:wrap}
.box>.row{padding:8px 16px;border-top:1px solid var(--line);display:flex;gap:10px;align-items:baseline}
.box>.row:first-child,.box>.top+.row{border-top:0}
.box>.row .end{margin-left:auto;white-space:nowrap}
.talk{display:grid;grid-template-columns:minmax(0,1fr) 256px;gap:24px}
aside section{border-bottom:1px solid var(--line);padding:12px 0;font-size:12px}aside h3{font-size:12px;color:var(--soft);margin:0 0 6px}
.avatar{width:20px;height:20px;border-radius:50%;vertical-align:-5px;background:#eaeef2}
.line{padding:6px 16px;color:var(--soft);border-left:2px solid var(--line);margin-left:28px}
.text{padding:8px 16px;overflow-x:auto;overflow-wrap:break-word}
.text h1,.text h2{border-bottom:1px solid var(--line);padding-bottom:4px}.text h1{font-size:1.7em}.text h2{font-size:1.4em}
.text img{max-width:100%}.text summary{cursor:pointer}
.text ul.contains-task-list{list-style:none;padding-left:20px}
table{border-collapse:collapse}.text th,.text td{border:1px solid var(--line);padding:6px 13px;vertical-align:top}.text tr:nth-child(2n){background:var(--wash)}
pre{background:var(--wash);padding:12px 16px;border-radius:6px;overflow:auto;margin:8px 0}
pre,code,.code{font:12px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
:not(pre)>code{background:rgba(129,139,152,.12);border-radius:6px;padding:2px 5px}
blockquote{border-left:4px solid var(--line);margin:0 0 12px;padding:0 14px;color:var(--soft)}
.code table{width:100%}.code td{padding:0 10px;white-space:pre;vertical-align:top}.code td.at{width:1%;text-align:right;color:var(--soft);user-select:none}
.code tr.add{background:#dafbe1}.code tr.del{background:#ffebe9}.code tr.hunk{background:#ddf4ff;color:var(--soft)}
.log{background:#0d1117;color:#e6edf3;border-radius:6px;padding:12px 0;overflow:auto}
.log td{padding:0 12px;white-space:pre-wrap;overflow-wrap:anywhere}.log td.at{color:#7d8590;white-space:nowrap}
.log .error{color:#ff7b72}.log .warning{color:#d29922}.log .group{color:#a5d6ff;font-weight:600}
form{margin:8px 0}textarea{width:100%;min-height:96px;padding:8px;border:1px solid var(--line);border-radius:6px;font:inherit}
input[type=text],input[type=password],select{padding:5px 12px;border:1px solid var(--line);border-radius:6px;font:inherit}
button{background:#1f883d;color:#fff;border:1px solid rgba(31,35,40,.15);border-radius:6px;padding:5px 16px;font:inherit;font-weight:500;cursor:pointer}
button:disabled{background:var(--wash);color:var(--soft);cursor:not-allowed}
button.plain{background:var(--wash);color:var(--text)}
.flash{border:1px solid #ff818266;background:#ffebe9;border-radius:6px;padding:10px 16px;margin:8px 0}
@media(max-width:800px){.talk{grid-template-columns:1fr}main{padding:12px 12px 48px}}
`;
