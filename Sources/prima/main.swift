import App

await Program.main()
