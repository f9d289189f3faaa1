export const givenNames =
  'Amara Noah Mei Lukas Fatima Diego Priya Jonas Chloé Omar Ingrid Mateo Aisha Henrik Sofia Kwame Yuki Elena Rafael Zainab Oliver Leila Tomasz Grace Anton Mina Samuel Nadia Viktor Hana Isaac Camila Bjørn Ayesha Daniel Freya Kofi Lucía Patrick Miriam Dmitri Olivia Hassan Julia Marek Nia Emil Salma Peter Ana Thandi Felix Rosa Arjun Clara Malik Eva Jakub Wei Laura'.split(
    ' ',
  )

export const familyNames =
  'Okafor Lindqvist Chen Müller Haddad Alvarez Sharma Berg Dubois Farouk Solberg Moreno Khan Nilsson Rossi Mensah Tanaka Petrova Costa Bello Wright Karimi Nowak Thompson Weber Park Osei Popescu Novak Sato Goldberg Fernández Hansen Iqbal Kim Larsen Boateng Vargas Murphy Stein Volkov Bennett Rahman Schneider Kowalski Abara Keller Mansour Jensen Ferreira Dlamini Fischer Marino Patel Bauer Diallo Horváth Zieliński Zhang Ortiz Quinn Adeyemi Romero Singh Eriksson Laurent Silva Meyer Andersson Garcia'.split(
    ' ',
  )

export interface Company {
  name: string
  domain: string
  /** Name of the Auth0 connection its people come from. */
  auth0Connection: string
  share: number
}

/** Where people work, what share of all users that is, and how they sign in. */
export const companies: readonly Company[] = [
  {
    name: 'Northwind Robotics',
    domain: 'northwind-robotics.example',
    auth0Connection: 'northwind-saml',
    share: 26,
  },
  { name: 'Helio Energy', domain: 'helio.example', auth0Connection: 'helio-oidc', share: 16 },
  { name: 'Fjord Logistics', domain: 'fjordlogistics.example', auth0Connection: 'fjord-ad', share: 12 },
  {
    name: 'Lumen Health',
    domain: 'lumenhealth.example',
    auth0Connection: 'Username-Password-Authentication',
    share: 22,
  },
  { name: 'Cobalt Studio', domain: 'cobalt.example', auth0Connection: 'google-oauth2', share: 10 },
  {
    name: 'Partners',
    domain: 'partner-mail.example',
    auth0Connection: 'Username-Password-Authentication',
    share: 9,
  },
  { name: 'Contractors', domain: 'freelance.example', auth0Connection: 'email', share: 4 },
  { name: 'Open Source Friends', domain: 'oss.example', auth0Connection: 'github', share: 1 },
]

export const departments = [
  ['Engineering', 30],
  ['Sales', 16],
  ['Customer Success', 13],
  ['Operations', 12],
  ['Finance', 8],
  ['Marketing', 8],
  ['People', 5],
  ['Legal', 3],
  ['Security', 3],
  ['Executive', 2],
] as const

export const roleNames: readonly (readonly [name: string, description: string])[] = [
  ['Employee', 'Everyone on the payroll: portal, directory, time sheets'],
  ['Contractor', 'External staff: portal and time sheets only'],
  ['Support Agent', 'Reads customer tickets and answers them'],
  ['Support Lead', 'Support Agent, and reassigns and closes tickets'],
  ['Sales Representative', 'Reads and edits own accounts and quotes'],
  ['Sales Manager', 'Approves quotes of the team'],
  ['Billing Viewer', 'Reads invoices'],
  ['Billing Admin', 'Issues invoices and refunds'],
  ['Payroll Clerk', 'Prepares payroll runs'],
  ['Payroll Approver', 'Releases payroll runs; not to be held with Payroll Clerk'],
  ['Finance Analyst', 'Reads the ledger and its reports'],
  ['Treasurer', 'Releases payments'],
  ['Report Reader', 'Reads all dashboards'],
  ['Report Author', 'Builds and publishes dashboards'],
  ['Developer', 'Deploys to staging, reads production logs'],
  ['Release Manager', 'Deploys to production'],
  ['Database Reader', 'Reads production data, for incidents only'],
  ['Database Admin', 'Changes production data'],
  ['Security Analyst', 'Reads audit trails and alerts'],
  ['Security Admin', 'Changes policies, resets factors'],
  ['Tenant Admin', 'Everything; two people at most'],
  ['Auditor', 'Reads everything, changes nothing'],
  ['Recruiter', 'Reads and edits candidates'],
  ['HR Partner', 'Reads personnel files of own departments'],
  ['HR Admin', 'Edits personnel files'],
  ['Contract Reader', 'Reads contracts'],
  ['Contract Signer', 'Signs contracts for the company'],
  ['Content Editor', 'Edits the website'],
  ['Campaign Manager', 'Runs campaigns and sees their figures'],
  ['Warehouse Operator', 'Books goods in and out'],
  ['Warehouse Manager', 'Corrects stock'],
  ['Fleet Planner', 'Plans tours and drivers'],
  ['Device Operator', 'Reads telemetry of robots'],
  ['Device Admin', 'Updates firmware of robots'],
  ['Clinic Reader', 'Reads patient lists of own clinic'],
  ['Clinic Clerk', 'Books appointments'],
  ['Grid Operator', 'Watches substations'],
  ['Grid Controller', 'Switches substations; four-eyes rule'],
  ['API Consumer', 'Uses the public API'],
  ['Beta Tester', 'Sees features before release'],
]

export const organizationWords = {
  first:
    'Alder Amber Atlas Birch Blue Bright Cedar Clear Copper Coral Crown Delta East Ember Evergreen Falcon First Golden Granite Green Harbor High Iron Ivory Jade Juniper Keystone Lake Liberty Maple Meridian Metro Noble North Oak Ocean Orchid Pacific Pine Prime Quartz Red River Royal Sierra Silver Solid South Star Stone Summit Sun Terra True Union Valley Vista West White Willow'.split(
      ' ',
    ),
  second:
    'Analytics Bank Biotech Capital Clinics Components Consulting Dynamics Energy Engineering Estates Foods Freight Health Homes Hotels Industries Insurance Labs Legal Logistics Marine Materials Media Mobility Networks Optics Partners Pharma Press Retail Robotics School Security Services Software Solar Systems Textiles Tools Travel Ventures Water Works'.split(
      ' ',
    ),
}
