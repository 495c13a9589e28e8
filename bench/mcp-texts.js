// The words of the corpus `mcp`: what a server for a company's work would offer, and text in eight languages.
//
// Why so plain: fields are `name:type:description`, so that data stays data, and the generator in `mcp.js` shows the structure.

/** What tools are about: a name, its plural, and its fields. `!` marks a required one, `[a|b]` a choice. */
export const SUBJECTS = [
  [
    'issue',
    'issues',
    [
      'title:string!:Title, as lists show it',
      'body:string:Description in Markdown',
      'state:[open|closed|blocked]:State of the work',
      'labels:strings:Labels, in any order',
      'assignee:string:Login of who works on it',
      'priority:integer:From 1, most urgent, to 5',
    ],
  ],
  [
    'pull_request',
    'pull requests',
    [
      'title:string!:Title',
      'base:string!:Branch that it goes into',
      'head:string!:Branch that it comes from',
      'draft:boolean:Whether it is not ready for review',
      'reviewers:strings:Logins of the reviewers',
      'merge_method:[merge|squash|rebase]:How it will be merged',
    ],
  ],
  [
    'document',
    'documents',
    [
      'title:string!:Title',
      'space:string!:Key of the space',
      'body:string:Content in Markdown',
      'parent_id:string:Document that it is listed under',
      'language:[en|de|fr|ja|es]:Language of the content',
      'archived:boolean:Whether searches leave it out',
    ],
  ],
  [
    'customer',
    'customers',
    [
      'name:string!:Name, as on invoices',
      'email:email:Address for invoices',
      'vat_id:string:Number for the value added tax, such as “DE123456789”',
      'country:string:Two letters, ISO 3166',
      'credit_limit:number:Limit in the currency of the account',
      'tags:strings:Tags for segments',
    ],
  ],
  [
    'invoice',
    'invoices',
    [
      'customer_id:string!:Customer who pays',
      'currency:[EUR|USD|GBP|JPY]:Currency of all amounts',
      'due_on:date:Last day to pay',
      'lines:lines:What is charged',
      'note:string:Text below the sum',
      'reverse_charge:boolean:Whether the customer owes the tax',
    ],
  ],
  [
    'order',
    'orders',
    [
      'customer_id:string!:Who ordered',
      'status:[placed|packed|shipped|returned]:State of the delivery',
      'lines:lines:What was ordered',
      'ship_to:address:Where it goes',
      'express:boolean:Whether it is delivered on the next day',
      'placed_at:date-time:When it was placed',
    ],
  ],
  [
    'product',
    'products',
    [
      'sku:string!:Stock keeping unit',
      'name:string!:Name',
      'price:number!:Price without tax',
      'stock:integer:Pieces in all warehouses',
      'category:string:Path of the category, with slashes',
      'images:strings:Addresses of images',
    ],
  ],
  [
    'event',
    'calendar events',
    [
      'summary:string!:What it is',
      'starts_at:date-time!:When it starts',
      'ends_at:date-time!:When it ends',
      'attendees:strings:Addresses of who is invited',
      'location:string:Room or address',
      'recurrence:string:Rule of RFC 5545',
    ],
  ],
  [
    'message',
    'messages',
    [
      'channel:string!:Channel or thread',
      'text:string!:Text in Markdown',
      'mentions:strings:People to notify',
      'scheduled_for:date-time:When to send it, instead of now',
      'silent:boolean:Whether nobody is notified',
      'reply_to:string:Message that it answers',
    ],
  ],
  [
    'ticket',
    'support tickets',
    [
      'subject:string!:Subject',
      'requester:email!:Who asks',
      'status:[new|open|pending|solved]:State',
      'severity:integer:From 1, everything is down, to 4',
      'product:string:Product that it is about',
      'custom:object:Fields of the own form',
    ],
  ],
  [
    'metric',
    'metrics',
    [
      'query:string!:Query, as in dashboards',
      'from:date-time!:Start of the range',
      'to:date-time:End of the range; now, if absent',
      'step:integer:Seconds between two points',
      'unit:[ms|bytes|percent|count]:Unit of the values',
      'group_by:strings:Labels to group by',
    ],
  ],
  [
    'alert',
    'alerts',
    [
      'name:string!:Name',
      'expression:string!:When it fires',
      'for_seconds:integer:How long it must hold',
      'severity:[info|warning|critical]:How bad it is',
      'runbook:string:Address of what to do',
      'muted:boolean:Whether it notifies nobody',
    ],
  ],
  [
    'deployment',
    'deployments',
    [
      'service:string!:Service',
      'environment:[staging|production]:Where',
      'revision:string!:Commit',
      'strategy:[rolling|canary|blue-green]:How traffic moves',
      'timeout_seconds:integer:When to give up and roll back',
      'variables:object:Values for the templates',
    ],
  ],
  [
    'file',
    'files',
    [
      'path:string!:Path from the root of the share',
      'content:string:Text, if it is text',
      'encoding:[utf-8|base64]:How the content is written',
      'overwrite:boolean:Whether an existing file is replaced',
      'mode:string:Permissions, in octal',
      'modified_at:date-time:Time of the last change',
    ],
  ],
  [
    'contact',
    'contacts',
    [
      'full_name:string!:Name, as it is written',
      'phone:string:Number with the code of the country',
      'company:string:Where they work',
      'birthday:date:For greetings',
      'address:address:Where letters go',
      'consent:boolean:Whether they agreed to be written to',
    ],
  ],
];

/** Sentences by language, for the resources. */
export const LANGUAGES = {
  en: [
    'The service answers within 200 ms for 99 % of all requests.',
    'Ask the owner before you change a limit; "just once" became an outage in March.',
    'A request without a tenant is refused, and the log says why.',
    'Rotate the key every 90 days, and after somebody leaves.',
    'If the queue grows for ten minutes, add a worker — not two.',
    'Prices are stored in minor units, so that nobody rounds twice.',
    "It's safe to run the migration again: it does nothing the second time.",
    'Every export has a checksum; compare it before you import.',
  ],
  de: [
    'Die Rückerstattung wird innerhalb von fünf Werktagen ausgeführt.',
    'Größere Änderungen müssen vorher mit dem Team „Plattform“ abgestimmt werden.',
    'Für Österreich und die Schweiz gelten andere Fristen.',
    'Der Schlüssel läuft nach 90 Tagen ab und wird automatisch erneuert.',
    'Überfällige Rechnungen werden täglich um 6:00 Uhr geprüft.',
  ],
  fr: [
    'Le délai de rétractation est de quatorze jours à compter de la livraison.',
    'Vérifiez d’abord que le client a donné son accord écrit.',
    'Les sauvegardes sont chiffrées côté serveur, puis copiées à Genève.',
    'Où trouver l’identifiant : dans l’en-tête « X-Request-Id ».',
    'Le cœur du système n’a pas changé depuis la version précédente.',
  ],
  es: [
    'El pedido se envía el mismo día si se recibe antes de las 14:00.',
    '¿Qué hacer si falla el pago? Espere diez minutos y vuelva a intentarlo.',
    'La contraseña caduca cada año; avise al usuario con antelación.',
    'Los números de teléfono incluyen siempre el prefijo del país.',
  ],
  ja: [
    '返品は商品到着後14日以内にお申し出ください。',
    '本番環境への変更は、必ず二人で確認してから行います。',
    '「至急」と書かれた問い合わせは一時間以内に返信すること。',
    'バックアップは毎晩二時に取得し、三か月間保存します。',
    '障害が発生した場合は、まず担当者に連絡してください。',
  ],
  zh: [
    '所有价格均不含税，结算时自动计算。',
    '如果支付失败，请在十分钟后重试。',
    '生产环境的密钥每九十天更换一次。',
    '客户数据不得离开欧盟境内的服务器。',
  ],
  ru: [
    'Заказ можно отменить до передачи в доставку.',
    'Перед обновлением сделайте резервную копию базы данных.',
    'Если очередь растёт больше десяти минут, сообщите дежурному.',
    'Счёт выставляется в валюте клиента по курсу на день отгрузки.',
  ],
  ko: [
    '환불은 영업일 기준 5일 이내에 처리됩니다.',
    '배포 전에는 반드시 테스트 결과를 확인하십시오.',
    '장애 보고서는 24시간 안에 작성합니다.',
  ],
};

/** Headings of the resources, and their folders. */
export const TOPICS = [
  'Refunds',
  'On call',
  'Access',
  'Backups',
  'Releases',
  'Pricing',
  'Data protection',
  'Incidents',
  'Onboarding',
  'Shipping',
];
